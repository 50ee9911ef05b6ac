"""Images grouped by class, and the division of classes a run works on."""

import dataclasses

import numpy as np

from metanet_tf.utils.errors import InputError

_TURNS = 4  # By 0, 90, 180 and 270 degrees.


@dataclasses.dataclass(frozen=True, eq=False)
class ImageClasses:
    """Images of several classes, all of one shape, grouped by class.

    Attributes:
        images: uint8 [M, H, W, C], 0 = paper, 255 = ink; the images of class 0
            come first, then those of class 1, and so on. An array of NumPy, or a
            memory-mapped file, of which the images of a task alone are read.
        class_sizes: int32 [num_classes], images per class; their sum is M.
        class_names: one name per class, for messages and pictures.
        class_groups: what each class belongs to, an alphabet for example; None where
            that is not known.
        starts: where each class's images begin in `images`, int [num_classes], if
            that holds other images too; None: one class follows the other.

    Raises:
        InputError: if they do not fit together.
    """

    images: np.ndarray
    class_sizes: np.ndarray
    class_names: tuple[str, ...]
    class_groups: tuple[str, ...] | None = None
    starts: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise InputError(
                "`images` must be uint8 [M, H, W, C]. Received: "
                f"{self.images.dtype} {list(self.images.shape)}."
            )
        expected = (len(self.class_names), len(self.images))
        received = (len(self.class_sizes), int(np.sum(self.class_sizes)))
        if self.starts is not None:
            expected = (expected[0], received[1])
        if expected != received:
            raise InputError(
                "`class_sizes` must hold one size per class name and sum to the "
                f"images, {expected[0]} and {expected[1]}. Received: {received[0]} "
                f"and {received[1]}."
            )
        if self.class_groups is not None and len(self.class_groups) != expected[0]:
            raise InputError(
                f"`class_groups` must hold one group per class name, {expected[0]}. "
                f"Received: {len(self.class_groups)}."
            )

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def is_mapped(self) -> bool:
        """True if the images are a memory-mapped file."""
        return isinstance(self.images, np.memmap)

    @property
    def class_starts(self) -> np.ndarray:
        """int [num_classes]: where each class's images begin in `images`."""
        if self.starts is not None:
            return self.starts
        ends = np.cumsum(self.class_sizes, dtype=np.int32)
        return ends - np.asarray(self.class_sizes, np.int32)

    @property
    def places(self) -> np.ndarray:
        """int [sum of class_sizes]: where the images lie, class by class."""
        pairs = zip(self.class_starts, self.class_sizes, strict=True)
        return np.concatenate([np.arange(start, start + size) for start, size in pairs])

    def subset(self, indices: np.ndarray) -> "ImageClasses":
        """Returns the classes at `indices`, int [n], in that order.

        The images are copied, unless the classes follow one another, or the images are
        a memory-mapped file.
        """
        names = tuple(self.class_names[i] for i in indices)
        groups = self.class_groups and tuple(self.class_groups[i] for i in indices)
        sizes, starts = self.class_sizes[indices], self.class_starts[indices]
        there = ImageClasses(self.images, sizes, names, groups, starts)
        if self.is_mapped:
            return there
        places = there.places
        first, last = places[0], places[-1]
        follow = np.array_equal(places, np.arange(first, last + 1))
        return ImageClasses(
            images=self.images[first : last + 1] if follow else self.images[places],
            class_sizes=sizes,
            class_names=names,
            class_groups=groups,
        )

    def with_rotations(self) -> "ImageClasses":
        """Makes four classes of every one: turned by 0, 90, 180 and 270 degrees.

        Class c turned k times counter-clockwise is class k * num_classes + c. The
        turned images are made once and kept, because turning them in a graph
        takes longer than all the rest of drawing an episode.
        """
        turns = range(_TURNS)
        turned = [np.rot90(self.images, k, axes=(1, 2)) for k in turns]
        return ImageClasses(
            np.concatenate(turned),
            np.tile(self.class_sizes, _TURNS),
            *self._renamed(*(f"@{90 * k}" for k in turns)),
        )

    def with_reflections(self) -> "ImageClasses":
        """Adds a class for every one: its images mirrored left to right."""
        return ImageClasses(
            np.concatenate([self.images, self.images[:, :, ::-1]]),
            np.tile(self.class_sizes, 2),
            *self._renamed("", "@mirror"),
        )

    def _renamed(self, *endings: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """Names and groups of all classes with the first ending, the second, ..."""

        def with_endings(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name + ending for ending in endings for name in names)

        groups = None if self.class_groups is None else with_endings(self.class_groups)
        return with_endings(self.class_names), groups


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Three sets of classes; no class is in two of them."""

    training: ImageClasses
    validation: ImageClasses
    test: ImageClasses


def hold_out_validation(
    training: ImageClasses, test: ImageClasses, validation_classes: int
) -> Dataset:
    """Moves `validation_classes` classes out of `training`.

    Which ones depends only on how many classes there are: the first of a
    permutation of fixed seed. So runs of any seed share one validation set.

    Raises:
        InputError: if fewer than two training classes would remain.
    """
    most = training.num_classes - 2
    if validation_classes > most:
        raise InputError(
            f"`validation_classes` must be at most {most}, so that two of the "
            f"{training.num_classes} training classes remain. Received: "
            f"{validation_classes}. Lower --validation_classes."
        )
    order = np.random.default_rng(0).permutation(training.num_classes)
    held_out = np.sort(order[:validation_classes])
    kept = np.sort(order[validation_classes:])
    return Dataset(training.subset(kept), training.subset(held_out), test)
