"""The examples that a classifier was taught."""

import dataclasses

import numpy as np

from metanet_tf.errors import InputError
from metanet_tf.one_shot.arguments import is_text
from metanet_tf.one_shot.pictures import Prepared
from metanet_tf.one_shot.support_folder import printable


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


def make_support(prepared: Prepared, classes: np.ndarray) -> Support:
    """Orders examples.

    Raises:
        InputError: if there are none, or a picture is in two classes.
    """
    if not len(classes):
        raise InputError(
            "There must be pictures of at least two classes. Received: no pictures. "
            "Add some."
        )
    _check_distinct(prepared, classes)
    order = np.lexsort([classes, _turns(classes)])
    sources = [prepared.names[index] for index in order]
    return Support(prepared.images[order], classes[order], sources)


def extend_support(
    support: Support, prepared: Prepared, classes: np.ndarray
) -> Support:
    """Adds examples to others; raises as `make_support` does."""
    if is_text(support.classes) != is_text(classes):
        kinds = {True: "text", False: "numbers"}
        raise InputError(
            "New class names must be of the kind of those before. Received: "
            f"{kinds[is_text(classes)]}, and before {kinds[is_text(support.classes)]}. "
            "Convert them."
        )
    images = np.concatenate([support.images, prepared.images])
    sources = [*support.sources, *prepared.names]
    joined = np.concatenate([support.classes, classes])
    return make_support(Prepared(images, sources, np.arange(len(images))), joined)


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


def _check_distinct(prepared: Prepared, classes: np.ndarray) -> None:
    first: dict[bytes, int] = {}
    for index, image in enumerate(prepared.images):
        before = first.setdefault(image.tobytes(), index)
        if classes[before] != classes[index]:
            how = "look the same" if image.any() else "are both blank"
            raise InputError(
                "A picture must be of one class. Received: "
                f"{printable(prepared.names[before])} as {printable(classes[before])} "
                f"and {printable(prepared.names[index])} as "
                f"{printable(classes[index])}, which {how}. Remove one of them."
            )
