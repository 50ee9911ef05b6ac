"""Probabilities that are right as often as they say (Guo et al., ICML 2017)."""

from collections.abc import Iterable, Sequence

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig
from metanet_tf.datasets.image_classes import ImageClasses
from metanet_tf.episodes import episode_dataset
from metanet_tf.model import MetaNet

_BINS = 15
_TEMPERATURES = np.geomspace(0.02, 50.0, 400)


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
) -> float:
    """Returns the divisor of the logits that makes the answers most likely.

    Args:
        model: a trained MetaNet; its own temperature counts too.
        classes: validation classes.
        tasks: sizes of the tasks; all weigh the same.
        episodes: number of tasks of each size.
        seed: of the tasks.

    Raises:
        InputError: if there are too few classes or images.
    """
    losses = [_losses(_answers(model, classes, task, episodes, seed)) for task in tasks]
    best = _TEMPERATURES[np.argmin(np.mean(losses, axis=0))]
    return float(best * model.config.temperature)


def _answers(
    model: MetaNet, classes: ImageClasses, task: EpisodeConfig, episodes: int, seed: int
) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Logits and labels of the queries of each task."""
    answer = tf.function(lambda *episode: model(*episode, n_way=task.n_way).logits)
    for episode in episode_dataset(classes, task, seed=seed).take(episodes):
        yield answer(*episode[:3]).numpy(), episode.query_labels.numpy()


def _losses(answers: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Mean cross-entropy at each of _TEMPERATURES."""
    logits, labels = (np.concatenate(column) for column in zip(*answers, strict=True))
    right = np.take_along_axis(logits, labels[:, np.newaxis], axis=1)
    gaps = (logits - right).astype(float)  # 0 in the column of the right class.
    return np.array(
        [np.logaddexp.reduce(gaps / value, axis=1).mean() for value in _TEMPERATURES]
    )
