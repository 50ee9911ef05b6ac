"""The examples that a classifier was taught."""

import dataclasses

import numpy as np

from metanet_tf.errors import InputError
from metanet_tf.one_shot.pictures import Prepared


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
        InputError: if there are fewer than two classes, or a picture is in two.
    """
    names = np.unique(classes)
    if len(names) < 2:
        raise InputError(
            "There must be pictures of at least two classes. Received: "
            f"{len(names)} class{'' if len(names) else 'es'}"
            f"{''.join(f', {name}' for name in names)}. Add pictures of another class."
        )
    _check_distinct(prepared, classes)
    order = np.lexsort([classes, _turns(classes)])
    sources = [prepared.names[index] for index in order]
    return Support(prepared.images[order], classes[order], sources)


def extend_support(
    support: Support, prepared: Prepared, classes: np.ndarray
) -> Support:
    """Adds examples to others; raises as `make_support` does."""
    if support.classes.dtype.kind != classes.dtype.kind:
        raise InputError(
            "New class names must be of the type of those before. Received: "
            f"{classes.dtype} and before {support.classes.dtype}. Change them."
        )
    images = np.concatenate([support.images, prepared.images])
    sources = [*support.sources, *prepared.names]
    joined = np.concatenate([support.classes, classes])
    return make_support(Prepared(images, sources), joined)


def _turns(classes: np.ndarray) -> np.ndarray:
    """How many examples of the same class come before each, int [S]."""
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
            raise InputError(
                "A picture must be of one class. Received: "
                f"{prepared.names[before]} as {classes[before]} and "
                f"{prepared.names[index]} as {classes[index]}, which look the same. "
                "Remove one of them."
            )
