"""Probabilities that are right as often as they say (Guo et al., ICML 2017)."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.model import MetaNet

_BINS = 15
_BOUNDS = (math.log(1e-3), math.log(1e3))  # of the temperature's logarithm


def calibration_error(confidences: np.ndarray, is_right: np.ndarray) -> float:
    """Expected calibration error over 15 bins of equal width, in [0, 1].

    Args:
        confidences: probability of each answer, float [n] in [0, 1].
        is_right: whether it was right, bool [n].

    Returns:
        Mean distance between confidence and accuracy of a bin, weighted by its size.
    """
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, confidences - is_right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidences))


def choose_temperature(
    model: MetaNet,
    classes: ImageClasses,
    tasks: Sequence[EpisodeConfig],
    *,
    episodes: int,
    seed: int,
    between_tasks: Callable[[], object] = lambda: None,
) -> float:
    """Returns the divisor of the logits that makes the right answers most likely.

    Args:
        model: a trained MetaNet; its own temperature counts too.
        classes: validation classes.
        tasks: sizes of the tasks; all weigh the same.
        episodes: number of tasks of each size.
        seed: of the tasks.
        between_tasks: called after each task.

    Raises:
        InputError: if there are too few classes or images.
    """
    # Slow to import, and needed once after a training.
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    gaps = [
        np.concatenate(list(_gaps(model, classes, task, episodes, seed, between_tasks)))
        for task in tasks
    ]

    def loss(logarithm: float) -> float:
        scale = np.exp(-logarithm)
        return float(np.mean([logsumexp(scale * g, axis=1).mean() for g in gaps]))

    best = minimize_scalar(loss, bounds=_BOUNDS, method="bounded").x
    return float(np.exp(best) * model.config.temperature)


def _gaps(
    model: MetaNet,
    classes: ImageClasses,
    task: EpisodeConfig,
    episodes: int,
    seed: int,
    between_tasks: Callable[[], object],
) -> Iterator[np.ndarray]:
    """Logits less that of the right class; the cross-entropy is their logsumexp."""
    answer = tf.function(lambda *episode: model(*episode, n_way=task.n_way).logits)
    for episode in episode_dataset(classes, task, seed=seed).take(episodes):
        logits, labels = answer(*episode.inputs).numpy(), episode.query_labels.numpy()
        yield logits - np.take_along_axis(logits, labels[:, np.newaxis], axis=1)
        between_tasks()
