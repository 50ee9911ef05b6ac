"""Tasks: an endless stream of episodes, each a function of (seed, index).

Every random number of an episode comes from a Philox generator keyed by the
stream's seed and the episode's index. So an episode is the same images in the
same order on any machine, and none before it need be drawn.
"""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig
from metanet_tf.data.drawing_augmentation import (
    AFFINE_DRAWS,
    DILATION_DRAWS,
    random_affine,
    random_dilation,
)
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.data.photograph_augmentation import (
    COLOUR_DRAWS,
    CROP_DRAWS,
    random_colour,
    random_crop,
)
from metanet_tf.utils.draws import uniform
from metanet_tf.utils.errors import InputError


class Episode(NamedTuple):
    """One task. S = n_way * k_shot, L = n_way * queries_per_class.

    Support and query images come in random order, so the first T support
    examples are a random sample of them.

    Attributes:
        support_images: float32 [S, H, W, C] in [0, 1]; x'_i.
        support_labels: int32 [S] in [0, n_way), drawn anew for every task; y'_i.
        query_images: float32 [L, H, W, C] in [0, 1]; x_i.
        query_labels: int32 [L] in [0, n_way); y_i.
        class_ids: the class of each label, among those that tasks are drawn from, int32
            [n_way]; None where that is not known.
    """

    support_images: tf.Tensor
    support_labels: tf.Tensor
    query_images: tf.Tensor
    query_labels: tf.Tensor
    class_ids: tf.Tensor | None = None

    @property
    def support(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Images and labels of the support: what `MetaNet.adapt` learns from."""
        return self.support_images, self.support_labels

    @property
    def inputs(self) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Support and query images: all but the labels that a model is to find."""
        return *self.support, self.query_images


@dataclasses.dataclass(frozen=True)
class Share:
    """A worker's share of a stream, which `count` workers draw in turn, in blocks.

    Attributes:
        index: of the worker, in [0, count).
        count: number of workers.
        block: episodes that a worker draws before it is the next one's turn.
    """

    index: int
    count: int
    block: int


def episode_dataset(
    classes: ImageClasses,
    config: EpisodeConfig,
    *,
    seed: int,
    start: int = 0,
    distortion: float = 0.0,
    thickening: float = 0.0,
    flip: bool = False,
    crop: float = 0.0,
    colour: float = 0.0,
    max_shots: int | None = None,
    episodes_per_step: int = 1,
    share: Share | None = None,
) -> tf.data.Dataset:
    """Returns the endless stream of episodes of `seed`, from episode `start` on.

    Args:
        classes: where to draw from.
        config: the size of an episode.
        seed: of the stream, an int64.
        start: index of the first episode, >= 0.
        distortion: strength of `random_affine` on each image.
        thickening: strength of `random_dilation` before it.
        flip: whether half of the images are mirrored.
        crop: strength of `random_crop`.
        colour: strength of `random_colour`.
        max_shots: most support images per class, if they are not k_shot in all
            episodes: those of the first step have k_shot, those of the next one more,
            and so on; after the most, k_shot again.
        episodes_per_step: episodes of a step, which have equally many.
        share: what to draw of them; all if None.

    Returns:
        Data set of `Episode`, with static shapes; with `max_shots`, but for S.

    Raises:
        InputError: if there are too few classes, or images in a class.
    """
    with tf.device("/CPU:0"):  # Data pipelines run there.
        sampler = EpisodeSampler(
            classes,
            config,
            seed,
            distortion=distortion,
            thickening=thickening,
            flip=flip,
            crop=crop,
            colour=colour,
            max_shots=max_shots,
            episodes_per_step=episodes_per_step,
        )
    indices = tf.data.Dataset.counter(start)
    if share is not None:
        blocks = indices.batch(share.block).shard(share.count, share.index)
        indices = blocks.unbatch()
    episodes = indices.map(sampler.episode, num_parallel_calls=tf.data.AUTOTUNE)
    return episodes.prefetch(tf.data.AUTOTUNE)


def check_every_part(
    dataset: Dataset,
    training: EpisodeConfig,
    evaluation: EpisodeConfig,
    evaluation_settings: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Checks that training, validation and test classes have room.

    Args and errors: those of `check_room`; `evaluation_settings` for validation and
    test.
    """
    check_room(dataset.training, training, "training")
    check_room(dataset.validation, evaluation, "validation", evaluation_settings)
    check_room(dataset.test, evaluation, "test", evaluation_settings)


def check_room(
    classes: ImageClasses,
    config: EpisodeConfig,
    part: str = "",
    settings: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Checks that `classes` have room for a task of this size.

    Args:
        classes: where to draw from.
        config: the size.
        part: of the data set that they are, for the message.
        settings: names of the settings that fields of `config` come from, where they
            are called otherwise, for the message.

    Raises:
        InputError: if there are too few classes in all, in each group if one must hold
            them, or images in a class.
    """
    ways = settings.get("n_way", "n_way")
    queries = settings.get("queries_per_class", "queries_per_class")
    if config.n_way > classes.num_classes:
        raise InputError(
            f"`{ways}` must be at most the number of classes to draw from. Received: "
            f"{config.n_way}; there are {classes.num_classes} {part or 'such'} "
            f"classes. Lower --{ways}, or add classes."
        )
    if config.within_group and not _groups_with_room(classes, config.n_way).size:
        raise InputError(
            "`within_group` needs classes in groups, one of them with at least n_way "
            f"classes. Received: {config.n_way} ways; the largest group has "
            f"{max(_group_sizes(classes), default=0)} classes. Lower the number of "
            "ways, or leave out --within_group."
        )
    needed = config.k_shot + config.queries_per_class
    smallest = int(np.argmin(classes.class_sizes))
    if needed > classes.class_sizes[smallest]:
        raise InputError(
            f"`k_shot + {queries}` must be at most the images per class. "
            f'Received: {needed}; class "{classes.class_names[smallest]}" has '
            f"{classes.class_sizes[smallest]}. Lower --k_shot (or --max_shots) or "
            f"--{queries}."
        )


class EpisodeSampler:
    """Draws an episode inside a graph; the images lie on the device it is made on.

    Args and errors: those of `episode_dataset`.
    """

    def __init__(
        self,
        classes: ImageClasses,
        config: EpisodeConfig,
        seed: int,
        *,
        distortion: float = 0.0,
        thickening: float = 0.0,
        flip: bool = False,
        crop: float = 0.0,
        colour: float = 0.0,
        max_shots: int | None = None,
        episodes_per_step: int = 1,
    ) -> None:
        self._max_shots = config.k_shot if max_shots is None else max_shots
        check_room(classes, dataclasses.replace(config, k_shot=self._max_shots))
        self._config = config
        self._episodes_per_step = episodes_per_step
        self._seed = seed
        self._distortion = distortion
        self._thickening = thickening
        self._flip, self._crop, self._colour = flip, crop, colour
        self._num_classes = classes.num_classes
        self._max_class_size = int(np.max(classes.class_sizes))
        self._read = _reader(classes)
        self._class_sizes = tf.constant(classes.class_sizes, tf.int32)
        self._class_starts = tf.constant(classes.class_starts, tf.int32)
        if config.within_group:
            self._groups = tf.constant(_groups_with_room(classes, config.n_way))
            self._group_of_class = tf.constant(_numbered_groups(classes))

    def episode(self, index: tf.Tensor) -> Episode:
        """Draws episode `index`, int64 scalar, of the stream."""
        return self.compose(self.random_numbers(index), self._shots(index))

    def random_numbers(self, index: tf.Tensor) -> tf.Tensor:
        """Every random number of an episode, float32 [any] in [0, 1).

        One draw serves the whole episode: small operations cost more time here than
        random numbers.
        """
        seed = tf.stack([tf.constant(self._seed, tf.int64), index])
        return uniform([sum(self._counts())], seed)

    def compose(
        self, random_numbers: tf.Tensor, k_shot: int | tf.Tensor | None = None
    ) -> Episode:
        """Makes the episode of these numbers, of `k_shot` if that is another."""
        k_shot = self._config.k_shot if k_shot is None else k_shot
        class_keys, group_key, image_keys, support_keys, query_keys, *changes = (
            tf.split(random_numbers, self._counts())
        )
        if self._config.within_group:
            class_keys = self._in_one_group(class_keys, group_key[0])
        class_ids = tf.math.top_k(class_keys, self._config.n_way).indices
        positions = self._draw_images(class_ids, image_keys)
        support_keys = support_keys[: self._config.n_way * k_shot]
        support, support_labels = self._shuffled(positions[:, :k_shot], support_keys)
        query, query_labels = self._shuffled(
            positions[:, self._max_shots :], query_keys
        )
        images = self._changed(tf.concat([support, query], axis=0), *changes)
        num_query = query.shape[0]
        support, query = images[:-num_query], images[-num_query:]
        return Episode(support, support_labels, query, query_labels, class_ids)

    def _shots(self, index: tf.Tensor) -> int | tf.Tensor:
        """Support images per class of an episode, which take turns step by step."""
        fewest = self._config.k_shot
        if fewest == self._max_shots:
            return fewest
        step = index // self._episodes_per_step
        return tf.cast(fewest + step % (self._max_shots - fewest + 1), tf.int32)

    def _counts(self) -> list[int]:
        """Returns the number of random numbers of each kind.

        Those that choose and order things are keys: the order of n keys is a random
        order of n things.
        """
        config = self._config
        num_support = config.n_way * self._max_shots
        num_query = config.n_way * config.queries_per_class
        per_image = (
            AFFINE_DRAWS if self._distortion else 0,
            DILATION_DRAWS if self._thickening else 0,
            CROP_DRAWS if self._crop or self._flip else 0,
            COLOUR_DRAWS if self._colour else 0,
        )
        return [
            self._num_classes,
            1 if config.within_group else 0,
            config.n_way * self._max_class_size,
            num_support,
            num_query,
            *(count * (num_support + num_query) for count in per_image),
        ]

    def _in_one_group(self, keys: tf.Tensor, group_key: tf.Tensor) -> tf.Tensor:
        """Keys of classes, below all others for those outside the group drawn."""
        count = tf.cast(tf.shape(self._groups)[0], tf.float32)
        group = tf.gather(self._groups, tf.cast(group_key * count, tf.int32))
        return tf.where(self._group_of_class == group, keys, -1.0)

    def _changed(
        self,
        images: tf.Tensor,
        distortions: tf.Tensor,
        thickenings: tf.Tensor,
        crops: tf.Tensor,
        colours: tf.Tensor,
    ) -> tf.Tensor:
        count = images.shape[0] or tf.shape(images)[0]
        if self._thickening:
            draws = tf.reshape(thickenings, [-1, DILATION_DRAWS])[:count]
            images = random_dilation(images, self._thickening, draws)
        if self._distortion:
            draws = tf.reshape(distortions, [-1, AFFINE_DRAWS])[:count]
            images = random_affine(images, self._distortion, draws)
        if self._crop or self._flip:
            draws = tf.reshape(crops, [-1, CROP_DRAWS])[:count]
            images = random_crop(images, self._crop, draws, flip=self._flip)
        if self._colour:
            draws = tf.reshape(colours, [-1, COLOUR_DRAWS])[:count]
            images = random_colour(images, self._colour, draws)
        return images

    def _draw_images(self, class_ids: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Positions of max_shots + queries_per_class distinct images of each class.

        Classes differ in size: the keys of images that a class does not have
        are replaced by one that is below all others.
        """
        keys = tf.reshape(keys, [self._config.n_way, self._max_class_size])
        sizes = tf.gather(self._class_sizes, class_ids)
        keys = tf.where(tf.sequence_mask(sizes, self._max_class_size), keys, -1.0)
        count = self._max_shots + self._config.queries_per_class
        starts = tf.gather(self._class_starts, class_ids)
        return starts[:, tf.newaxis] + tf.math.top_k(keys, count).indices

    def _shuffled(
        self, positions: tf.Tensor, keys: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Images and labels of `positions`, int32 [n_way, n], in random order."""
        order = tf.argsort(keys)
        labels = order // (positions.shape[1] or tf.shape(positions)[1])
        images = self._read(tf.gather(tf.reshape(positions, [-1]), order))
        return tf.cast(images, tf.float32) / 255.0, labels


def _numbered_groups(classes: ImageClasses) -> np.ndarray:
    """Number of each class's group, int32 [num_classes]; empty without groups."""
    groups = classes.class_groups or ()
    return np.unique(groups, return_inverse=True)[1].astype(np.int32)


def _group_sizes(classes: ImageClasses) -> np.ndarray:
    """Classes of each group, by its number."""
    return np.bincount(_numbered_groups(classes))


def _groups_with_room(classes: ImageClasses, n_way: int) -> np.ndarray:
    """Numbers of the groups that have at least `n_way` classes, int32 [any]."""
    return np.flatnonzero(_group_sizes(classes) >= n_way).astype(np.int32)


def _reader(classes: ImageClasses) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns a function of places, int [n], that gives the images there, uint8.

    Images in memory are read on the device where this is called, those of a file on
    the host.
    """
    if not classes.is_mapped:
        images = tf.constant(classes.images)
        return lambda places: tf.gather(images, places)

    images = np.asarray(classes.images)  # What is not a memmap is indexed faster.

    def read(places: tf.Tensor) -> tf.Tensor:
        found = tf.numpy_function(lambda p: images[p], [places], tf.uint8)
        return tf.ensure_shape(found, [*places.shape, *classes.image_shape])

    return read
