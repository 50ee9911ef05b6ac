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
from metanet_tf.model import MetaNet


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


def threshold_for(
    rejections: Sequence[Rejection], n_way: int | tf.Tensor
) -> tf.Tensor | None:
    """Interpolates the threshold between the calibrated numbers of classes.

    It is linear in the logarithm of `n_way`, and constant beyond the smallest and
    the largest number that was calibrated. Of several numbers of examples the
    smallest counts.

    Args:
        rejections: one or more for each calibrated number of classes.
        n_way: number of classes, int or int32 scalar tensor.

    Returns:
        float64 scalar in [-1, 1]; None without rejections.
    """
    by_ways = {r.n_way: r.threshold for r in sorted(rejections, key=_most_shots_first)}
    if not by_ways:
        return None
    places = np.log(np.array(sorted(by_ways), np.float64))
    thresholds = np.array([by_ways[ways] for ways in sorted(by_ways)], np.float64)
    widths = np.diff(places)
    passed = tf.clip_by_value(
        tf.math.log(tf.cast(n_way, tf.float64)) - places[:-1], 0.0, widths
    )
    return thresholds[0] + tf.reduce_sum(passed * np.diff(thresholds) / widths)


def _most_shots_first(rejection: Rejection) -> int:
    return -rejection.k_shot


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
    scores = model.classify(task_memory, episode.query_images).attention_scores
    return tf.reduce_max(scores, axis=-1), episode.query_labels
