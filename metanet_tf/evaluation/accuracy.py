"""Accuracy and its 95 % interval over tasks of classes never seen before."""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig
from metanet_tf.data.episodes import Episode, episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.evaluation.calibration import calibration_error
from metanet_tf.memory import attention_class_probabilities
from metanet_tf.model import MetaNet
from metanet_tf.utils.threads import map_at_once

# Two-sided 95 % quantile of the normal distribution.
NORMAL_QUANTILE = 1.96


class Mean(NamedTuple):
    """A mean over tasks with the half-width of its 95 % interval."""

    value: float
    half_width: float

    def __str__(self) -> str:
        return f"{100 * self.value:.2f} ± {100 * self.half_width:.2f} %"


class Answers(NamedTuple):
    """Answers of a model to E tasks of N support and L query images.

    Attributes:
        labels: true label of each query, int [E, L].
        predicted: label that it was given, int [E, L].
        attended: label that gets most attention, int [E, L].
        confidences: probability of the predicted label, float [E, L].
        names_itself: whether each support image is given its own label, bool [E, N].
    """

    labels: np.ndarray
    predicted: np.ndarray
    attended: np.ndarray
    confidences: np.ndarray
    names_itself: np.ndarray


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Results of a model on test tasks.

    Attributes:
        accuracy: of the predictions, in [0, 1].
        attention_accuracy: of the class that gets most attention, in [0, 1]; what
            the memory alone would reach, without b.
        self_accuracy: share of support images that are given their own label when
            they are asked for, in [0, 1].
        calibration_error: mean distance of the probabilities from how often they are
            right, in [0, 1]; see `calibration`.
        episodes: number of tasks.
        n_way: classes per task.
        k_shot: support images per class.
        confusion: answers as int64 [n_way, n_way]; row: true label, column:
            predicted label.
    """

    accuracy: Mean
    attention_accuracy: Mean
    self_accuracy: float
    calibration_error: float
    episodes: int
    n_way: int
    k_shot: int
    confusion: np.ndarray

    def summary(self) -> dict[str, float | int]:
        """Accuracies and half-widths by name, without the confusion."""
        return {
            "n_way": self.n_way,
            "k_shot": self.k_shot,
            "episodes": self.episodes,
            "accuracy": self.accuracy.value,
            "half_width": self.accuracy.half_width,
            "attention_accuracy": self.attention_accuracy.value,
            "attention_half_width": self.attention_accuracy.half_width,
            "self_accuracy": self.self_accuracy,
            "calibration_error": self.calibration_error,
        }


class Evaluator:
    """Tests a model on tasks; its graph is made once, or twice for several sizes.

    Args:
        model: a MetaNet, trained with any number of ways.
    """

    def __init__(self, model: MetaNet) -> None:
        self._answer = tf.function(
            functools.partial(_answer, model), autograph=False, reduce_retracing=True
        )

    def evaluate(
        self,
        classes: ImageClasses,
        config: EpisodeConfig,
        *,
        episodes: int,
        seed: int,
        between_tasks: Callable[[], object] = lambda: None,
    ) -> Evaluation:
        """Tests the model on the first `episodes` tasks of `seed`.

        Args:
            classes: the images to draw tasks from.
            config: ways, shots and queries of a task.
            episodes: number of tasks, >= 2.
            seed: of the tasks; one seed gives the same tasks on any machine.
            between_tasks: called after each task; what it raises ends the test.

        Raises:
            InputError: if `classes` has too few classes or images for a task.
        """
        answers = self.answers(
            classes, config, episodes=episodes, seed=seed, between_tasks=between_tasks
        )
        return evaluation_of(answers, config)

    def answers(
        self,
        classes: ImageClasses,
        config: EpisodeConfig,
        *,
        episodes: int,
        seed: int,
        start: int = 0,
        between_tasks: Callable[[], object] = lambda: None,
    ) -> Answers:
        """Returns the answers to `episodes` tasks of `seed`, from `start` on.

        Args and errors: those of `evaluate`.
        """
        tasks = episode_dataset(classes, config, seed=seed, start=start).take(episodes)
        # A tensor: a number would be part of the graph.
        answer = functools.partial(self._answer, n_way=tf.constant(config.n_way))
        answers = []
        for answers_of_task in map_at_once(answer, tasks):
            answers.append(answers_of_task)
            between_tasks()
        return Answers(*(np.stack(column) for column in zip(*answers, strict=True)))


def evaluate(
    model: MetaNet,
    classes: ImageClasses,
    config: EpisodeConfig,
    *,
    episodes: int,
    seed: int,
    between_tasks: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Tests `model` once; arguments and errors as in `Evaluator.evaluate`."""
    return Evaluator(model).evaluate(
        classes, config, episodes=episodes, seed=seed, between_tasks=between_tasks
    )


def evaluation_of(answers: Answers, config: EpisodeConfig) -> Evaluation:
    """Returns accuracies and their intervals from the answers to tasks of `config`."""
    labels, predicted, attended, confidences, names_itself = answers
    is_right = predicted == labels
    return Evaluation(
        accuracy=mean_with_interval(is_right.mean(axis=1)),
        attention_accuracy=mean_with_interval((attended == labels).mean(axis=1)),
        self_accuracy=float(names_itself.mean()),
        calibration_error=calibration_error(confidences.ravel(), is_right.ravel()),
        episodes=len(labels),
        n_way=config.n_way,
        k_shot=config.k_shot,
        confusion=_confusion(labels, predicted, config.n_way),
    )


def mean_with_interval(values: np.ndarray) -> Mean:
    """Mean of float [E] and half-width of its 95 % interval; E >= 2."""
    half_width = NORMAL_QUANTILE * values.std(ddof=1) / math.sqrt(len(values))
    return Mean(float(values.mean()), float(half_width))


def _answer(
    model: MetaNet, episode: Episode, n_way: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """Asks for the queries of a task, and for its support.

    Returns:
        The parts of `Answers` for one task.
    """
    num_query = tf.shape(episode.query_images)[0]
    prediction = model(*episode.inputs, n_way=n_way, ask_support=True)
    predicted = tf.argmax(prediction.logits, axis=-1, output_type=tf.int32)
    attention = attention_class_probabilities(
        prediction.attention_weights[:num_query], episode.support_labels, n_way
    )
    probabilities = tf.nn.softmax(prediction.logits[:num_query])
    return (
        episode.query_labels,
        predicted[:num_query],
        tf.argmax(attention, axis=-1),
        tf.reduce_max(probabilities, axis=-1),
        predicted[num_query:] == episode.support_labels,
    )


def _confusion(labels: np.ndarray, predicted: np.ndarray, n_way: int) -> np.ndarray:
    cells = n_way * labels.ravel() + predicted.ravel()
    return np.bincount(cells, minlength=n_way**2).reshape(n_way, n_way)
