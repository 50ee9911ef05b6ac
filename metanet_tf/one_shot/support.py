"""The examples that a classifier was taught."""

import dataclasses

import numpy as np

from metanet_tf.data.pictures.folders import printable
from metanet_tf.one_shot.arguments import is_text
from metanet_tf.one_shot.pictures import Prepared
from metanet_tf.utils.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Support:
    """Examples with their classes.

    They are ordered by class in turn: the first of every class, the second of every
    class, and so on, so that the first few are of many classes.

    Attributes:
        images: float32 [S, H, W, C].
        classes: names, [S].
        sources: where each comes from, for messages.
    """

    images: np.ndarray
    classes: np.ndarray
    sources: list[str]

    @property
    def class_names(self) -> np.ndarray:
        """Names of the N classes, sorted."""
        return np.unique(self.classes)

    @property
    def labels(self) -> np.ndarray:
        """int32 [S] in [0, N)."""
        return np.searchsorted(self.class_names, self.classes).astype(np.int32)


def extend_support(
    support: Support | None,
    prepared: Prepared,
    classes: np.ndarray,
    *,
    may_be_ambiguous: bool = False,
) -> Support:
    """Adds examples to others, if there are any, and orders all.

    Args:
        support: the others.
        prepared: n examples.
        classes: of each, [n].
        may_be_ambiguous: whether a picture may be in two classes.

    Raises:
        InputError: if there are no examples, class names of two kinds, or a picture
            in two classes.
    """
    images, sources = prepared.images, prepared.names
    if not len(classes):
        raise InputError(
            "There must be pictures of at least two classes. Received: no pictures. "
            "Add some."
        )
    if support is not None:
        _check_kinds(support.classes, classes)
        images = np.concatenate([support.images, images])
        sources = [*support.sources, *sources]
        classes = np.concatenate([support.classes, classes])
    if not may_be_ambiguous:
        _check_distinct(images, classes, sources)
    order = np.lexsort([classes, _turns(classes)])
    return Support(images[order], classes[order], [sources[i] for i in order])


def check_several_classes(support: Support) -> None:
    """Raises InputError if there is one class alone, which nothing can be told from."""
    names = support.class_names
    if len(names) < 2:
        raise InputError(
            "There must be pictures of at least two classes. Received: 1 class, "
            f"{names[0]}. Add pictures of another class."
        )


def _turns(classes: np.ndarray) -> np.ndarray:
    """Counts the examples of the same class before each, int [S]."""
    turns = np.zeros(len(classes), int)
    for name in np.unique(classes):
        places = np.flatnonzero(classes == name)
        turns[places] = np.arange(len(places))
    return turns


def _check_kinds(before: np.ndarray, classes: np.ndarray) -> None:
    if is_text(before) != is_text(classes):
        kinds = {True: "text", False: "numbers"}
        raise InputError(
            "New class names must be of the kind of those before. Received: "
            f"{kinds[is_text(classes)]}, and before {kinds[is_text(before)]}. "
            "Convert them."
        )


def _check_distinct(
    images: np.ndarray, classes: np.ndarray, sources: list[str]
) -> None:
    first: dict[bytes, int] = {}
    for index, image in enumerate(images):
        before = first.setdefault(image.tobytes(), index)
        if classes[before] != classes[index]:
            pair = (
                f"{printable(sources[i])} as {printable(classes[i])}"
                for i in (before, index)
            )
            raise InputError(
                f"A picture must be of one class. Received: {' and '.join(pair)}, "
                f"which {'look the same' if image.any() else 'are both blank'}. "
                "Remove one of them."
            )
