"""Open-set rejection: tells pictures of taught classes from all others.

A query is of no taught class if its largest cosine to a key of the memory lies below
a threshold. The softmax of the attention compares examples with each other and forgets
how near they are.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig
from metanet_tf.data.episodes import Episode, episode_dataset
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.model import MetaNet


@dataclasses.dataclass(frozen=True)
class ErrorRates:
    """Error rates of a threshold, each in [0, 1].

    Attributes:
        false_accepts: share of the pictures of other classes that are accepted.
        false_rejects: share of the pictures of taught classes that are rejected.
    """

    false_accepts: float
    false_rejects: float


@dataclasses.dataclass(frozen=True)
class RejectionThreshold:
    """A threshold for the largest cosine of a query to a key, and how well it does.

    Attributes:
        n_way: taught classes of the tasks it was found on.
        k_shot: examples of each.
        threshold: queries less similar than this to all keys are of no taught class.
        validation: on the classes that it was chosen on.
        test: on classes that nothing was chosen on.
    """

    n_way: int
    k_shot: int
    threshold: float
    validation: ErrorRates
    test: ErrorRates

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RejectionThreshold":
        """Makes one of what `dataclasses.asdict` gave."""
        rates = {part: ErrorRates(**values[part]) for part in ("validation", "test")}
        return cls(**{**values, **rates})


@dataclasses.dataclass(frozen=True, eq=False)
class Similarities:
    """Largest cosine to a key, of many queries.

    Attributes:
        known: of taught classes, float32 [K], sorted.
        unknown: of other classes, float32 [U], sorted.
    """

    known: np.ndarray
    unknown: np.ndarray

    def rates(self, threshold: float) -> ErrorRates:
        """Returns the error rates of `threshold`."""
        rejected = np.searchsorted(self.known, threshold) / len(self.known)
        accepted = 1 - np.searchsorted(self.unknown, threshold) / len(self.unknown)
        return ErrorRates(float(accepted), float(rejected))

    def equal_error_threshold(self) -> float:
        """Returns the threshold at which both rates differ least."""
        candidates = np.unique(np.concatenate([self.known, self.unknown]))
        rejected = np.searchsorted(self.known, candidates) / len(self.known)
        accepted = 1 - np.searchsorted(self.unknown, candidates) / len(self.unknown)
        return float(candidates[np.argmin(np.abs(rejected - accepted))])

    def threshold_at(self, false_rejects: float) -> float:
        """Returns the largest threshold that rejects at most this share of `known`."""
        return float(self.known[int(false_rejects * (len(self.known) - 1))])


def calibrate(
    model: MetaNet,
    dataset: Dataset,
    config: EpisodeConfig,
    *,
    episodes: int,
    seed: int = 0,
    false_rejects: float | None = None,
    between_tasks: Callable[[], object] = lambda: None,
) -> RejectionThreshold:
    """Chooses a threshold on validation classes and tests it on test classes.

    Args:
        model: a trained MetaNet.
        dataset: at least twice `config.n_way` classes each for validation and test.
        config: size of the tasks to be taught.
        episodes: number of tasks for each.
        seed: of the tasks.
        false_rejects: share of pictures of taught classes that may be rejected, in
            [0, 1]; None: as many as of others are accepted.
        between_tasks: called after each task, twice `episodes` times.

    Raises:
        InputError: if there are too few classes or images.
    """
    validation, test = (
        similarities(
            model,
            classes,
            config,
            episodes=episodes,
            seed=seed,
            between_tasks=between_tasks,
        )
        for classes in (dataset.validation, dataset.test)
    )
    if false_rejects is None:
        threshold = validation.equal_error_threshold()
    else:
        threshold = validation.threshold_at(false_rejects)
    return RejectionThreshold(
        config.n_way,
        config.k_shot,
        threshold,
        validation=validation.rates(threshold),
        test=test.rates(threshold),
    )


def similarities(
    model: MetaNet,
    classes: ImageClasses,
    config: EpisodeConfig,
    *,
    episodes: int,
    seed: int,
    between_tasks: Callable[[], object] = lambda: None,
) -> Similarities:
    """Teaches half of the classes of each task and asks for all of them.

    `between_tasks` is called after each.

    Raises:
        InputError: if `classes` has fewer than twice `config.n_way` classes, or too
            few images in one.
    """
    double = dataclasses.replace(config, n_way=2 * config.n_way)
    tasks = episode_dataset(classes, double, seed=seed).take(episodes)
    # Traced here, so that no model outlives its caller in a cache of this module.
    answer = tf.function(functools.partial(_answer, model, n_way=config.n_way))
    answers = []
    for episode in tasks:
        answers.append(answer(episode))
        between_tasks()
    values, labels = (np.concatenate(column) for column in zip(*answers, strict=True))
    known = labels < config.n_way
    return Similarities(np.sort(values[known]), np.sort(values[~known]))


def threshold_for(
    rejections: Sequence[RejectionThreshold], n_way: int, k_shot: float = 1.0
) -> float | None:
    """Returns the threshold for a number of classes, None without `rejections`.

    Between two numbers of classes it is interpolated over their logarithm; beyond them
    it is that of the last one. Of numbers of examples the nearest in ratio counts.

    Args:
        rejections: for several sizes of task.
        n_way: taught classes, >= 1.
        k_shot: examples of each, their mean if they differ, > 0.
    """
    if not rejections:
        return None
    nearest = min(abs(np.log(r.k_shot / k_shot)) for r in rejections)
    points = sorted(
        (np.log(r.n_way), r.threshold)
        for r in rejections
        if np.isclose(abs(np.log(r.k_shot / k_shot)), nearest)
    )
    logarithms, thresholds = zip(*points, strict=True)
    return float(np.interp(np.log(n_way), logarithms, thresholds))


def _answer(
    model: MetaNet, episode: Episode, n_way: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the largest cosine and the label of each query, [L] each.

    Labels below `n_way` are taught.
    """
    # Labels are drawn anew for every task: these are any half of its classes.
    taught = episode.support_labels < n_way
    task_memory = model.adapt(
        tf.boolean_mask(episode.support_images, taught),
        tf.boolean_mask(episode.support_labels, taught),
        n_way,
    )
    scores = model.classify(task_memory, episode.query_images).attention_scores
    return tf.reduce_max(scores, axis=-1), episode.query_labels
