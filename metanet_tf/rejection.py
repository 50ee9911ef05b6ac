"""Telling pictures of taught classes from others, by how familiar they look.

The familiarity of a query is its largest cosine to a key of the memory. The softmax
of the attention compares examples with each other and forgets it.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig
from metanet_tf.datasets.image_classes import Dataset, ImageClasses
from metanet_tf.episodes import Episode, episode_dataset
from metanet_tf.model import MetaNet, TaskMemory


@dataclasses.dataclass(frozen=True)
class ErrorRates:
    """How often a threshold errs, each in [0, 1].

    Attributes:
        false_accepts: share of the pictures of other classes that are accepted.
        false_rejects: share of the pictures of taught classes that are rejected.
    """

    false_accepts: float
    false_rejects: float


@dataclasses.dataclass(frozen=True)
class Rejection:
    """A threshold for the familiarity of queries, and how well it does.

    Attributes:
        n_way: taught classes of the tasks it was found on.
        k_shot: examples of each.
        threshold: queries less familiar than this are of no taught class.
        validation: on the classes that it was chosen on.
        test: on classes that nothing was chosen on.
    """

    n_way: int
    k_shot: int
    threshold: float
    validation: ErrorRates
    test: ErrorRates

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Rejection":
        """The inverse of `dataclasses.asdict`."""
        rates = {part: ErrorRates(**values[part]) for part in ("validation", "test")}
        return cls(**{**values, **rates})


@dataclasses.dataclass(frozen=True, eq=False)
class Familiarities:
    """Familiarity of many queries.

    Attributes:
        known: of taught classes, float32 [K], sorted.
        unknown: of other classes, float32 [U], sorted.
    """

    known: np.ndarray
    unknown: np.ndarray

    def rates(self, threshold: float) -> ErrorRates:
        """How often `threshold` errs."""
        rejected = np.searchsorted(self.known, threshold) / len(self.known)
        accepted = 1 - np.searchsorted(self.unknown, threshold) / len(self.unknown)
        return ErrorRates(float(accepted), float(rejected))

    def equal_error_threshold(self) -> float:
        """The threshold at which both rates differ least."""
        candidates = np.unique(np.concatenate([self.known, self.unknown]))
        rejected = np.searchsorted(self.known, candidates) / len(self.known)
        accepted = 1 - np.searchsorted(self.unknown, candidates) / len(self.unknown)
        return float(candidates[np.argmin(np.abs(rejected - accepted))])

    def threshold_at(self, false_rejects: float) -> float:
        """The largest threshold that rejects at most this share of taught classes."""
        return float(self.known[int(false_rejects * (len(self.known) - 1))])


def familiarity(
    model: MetaNet, task_memory: TaskMemory, query_images: tf.Tensor
) -> tf.Tensor:
    """Largest cosine of each query's r_i to a key, float32 [L] in [-1, 1]."""
    embeddings = tf.cast(model.embed(task_memory, query_images), tf.float32)
    queries = tf.nn.l2_normalize(embeddings, axis=-1)
    keys = tf.nn.l2_normalize(tf.cast(task_memory.memory_keys, tf.float32), axis=-1)
    return tf.reduce_max(tf.matmul(queries, keys, transpose_b=True), axis=-1)


def calibrate(
    model: MetaNet,
    dataset: Dataset,
    config: EpisodeConfig,
    *,
    episodes: int,
    seed: int = 0,
    false_rejects: float | None = None,
) -> Rejection:
    """Chooses a threshold on validation classes and tests it on test classes.

    Args:
        model: a trained MetaNet.
        dataset: at least twice `config.n_way` classes each for validation and test.
        config: size of the tasks to be taught.
        episodes: number of tasks for each.
        seed: of the tasks.
        false_rejects: share of pictures of taught classes that may be rejected, in
            [0, 1]; None: as many as of others are accepted.

    Raises:
        InputError: if there are too few classes or images.
    """
    validation = familiarities(
        model, dataset.validation, config, episodes=episodes, seed=seed
    )
    test = familiarities(model, dataset.test, config, episodes=episodes, seed=seed)
    if false_rejects is None:
        threshold = validation.equal_error_threshold()
    else:
        threshold = validation.threshold_at(false_rejects)
    return Rejection(
        config.n_way,
        config.k_shot,
        threshold,
        validation=validation.rates(threshold),
        test=test.rates(threshold),
    )


def familiarities(
    model: MetaNet,
    classes: ImageClasses,
    config: EpisodeConfig,
    *,
    episodes: int,
    seed: int,
) -> Familiarities:
    """Teaches half of the classes of each task and asks for all of them.

    Raises:
        InputError: if `classes` has fewer than twice `config.n_way` classes, or too
            few images in one.
    """
    double = dataclasses.replace(config, n_way=2 * config.n_way)
    tasks = episode_dataset(classes, double, seed=seed).take(episodes)
    answers = [_answer(model, episode, config.n_way) for episode in tasks]
    values, labels = (np.concatenate(column) for column in zip(*answers, strict=True))
    known = labels < config.n_way
    return Familiarities(np.sort(values[known]), np.sort(values[~known]))


def rejection_for(rejections: Sequence[Rejection], n_way: int) -> Rejection | None:
    """The one for the number of classes that is nearest in ratio, None of none."""
    distances = [abs(np.log(rejection.n_way / n_way)) for rejection in rejections]
    return rejections[int(np.argmin(distances))] if distances else None


@tf.function
def _answer(
    model: MetaNet, episode: Episode, n_way: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Familiarity and label of each query; labels below `n_way` are taught."""
    # Labels are drawn anew for every task: these are any half of its classes.
    taught = episode.support_labels < n_way
    task_memory = model.adapt(
        tf.boolean_mask(episode.support_images, taught),
        tf.boolean_mask(episode.support_labels, taught),
        n_way,
    )
    return familiarity(model, task_memory, episode.query_images), episode.query_labels
