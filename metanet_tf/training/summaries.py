"""TensorBoard summaries of a run."""

import contextlib
from collections.abc import Iterator, Mapping

import tensorflow as tf

from metanet_tf import figures
from metanet_tf.episodes import Episode
from metanet_tf.evaluation import Evaluation
from metanet_tf.model import MetaNet, TaskMemory
from metanet_tf.training.checkpoints import disk_errors
from metanet_tf.training.run_folder import RunFolder


class Summaries:
    """Writes curves, histograms and figures into a run's folder.

    Args:
        folder: the run's folder.
        model: whose fast weights and predictions are shown.
        episode: the task they are shown on, of validation classes.

    Raises:
        InputError: here and in every method, if the folder cannot be written.
    """

    def __init__(self, folder: RunFolder, model: MetaNet, episode: Episode) -> None:
        self._folder = folder
        self._model = model
        self._episode = episode
        with disk_errors(folder.path):
            self._writer = tf.summary.create_file_writer(str(folder.path))

    def training_step(self, scalars: Mapping[str, tf.Tensor], step: int) -> None:
        """Writes the scalars of one training step."""
        with self._writing(step):
            for name, value in scalars.items():
                tf.summary.scalar(f"training/{name}", value)

    def validation(self, evaluation: Evaluation, step: int) -> None:
        """Writes accuracies, fast weights, an answered task and the confusion."""
        memory = self._model.adapt(*self._episode[:2])
        prediction = self._model.classify(memory, self._episode.query_images)
        task = figures.episode_figure(self._episode, prediction)
        confusion = figures.confusion_figure(evaluation.confusion)
        with self._writing(step):
            accuracy = evaluation.accuracy.value
            tf.summary.scalar("validation/accuracy", accuracy)
            attention_accuracy = evaluation.attention_accuracy.value
            tf.summary.scalar("validation/attention_accuracy", attention_accuracy)
            _write_histograms(memory)
            tf.summary.image("validation/task", figures.to_array(task))
            tf.summary.image("validation/confusion", figures.to_array(confusion))

    @contextlib.contextmanager
    def _writing(self, step: int) -> Iterator[None]:
        with disk_errors(self._folder.path):
            with self._writer.as_default(step):
                yield
            self._writer.flush()


def _write_histograms(memory: TaskMemory) -> None:
    fast_weights = {
        "example": memory.memory_values,
        "task": memory.task_fast_weights,
        "base_task": memory.base_task_fast_weights,
    }
    for level, kernels in fast_weights.items():
        for index, kernel in enumerate(kernels):
            tf.summary.histogram(f"fast_weights/{level}/{index}", kernel)
