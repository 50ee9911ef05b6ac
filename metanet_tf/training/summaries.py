"""TensorBoard summaries of a run."""

import contextlib
import pathlib
from collections.abc import Iterator, Mapping

import tensorflow as tf
from tensorflow.core.util import event_pb2

from metanet_tf import figures
from metanet_tf.data.episodes import Episode
from metanet_tf.evaluation.accuracy import Evaluation
from metanet_tf.model import MetaNet, TaskMemory
from metanet_tf.training.checkpoints import disk_errors
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.files import literal_path, write_aside


class Summaries:
    """Writes curves, histograms and figures into a run's folder.

    Args:
        folder: the run's folder.
        model: whose fast weights and predictions are shown.
        episode: the task they are shown on, of validation classes.
        step: that the run goes on from. What an earlier process wrote of later ones is
            removed: they are made again, and would be shown twice.
        is_ink: as in `figures.draw_image`.

    Raises:
        InputError: here and in every method, if the folder cannot be written.
    """

    def __init__(
        self,
        folder: RunFolder,
        model: MetaNet,
        episode: Episode,
        step: int = 0,
        *,
        is_ink: bool = True,
    ) -> None:
        self._folder = folder
        self._model = model
        self._episode = episode
        self._is_ink = is_ink
        if folder.read_only:
            return
        with disk_errors(folder.path):
            _forget_after(step, folder.path)
            self._writer = tf.summary.create_file_writer(literal_path(folder.path))

    def training_step(self, scalars: Mapping[str, tf.Tensor], step: int) -> None:
        """Writes the scalars of one training step."""
        if self._folder.read_only:
            return
        with self._writing(step):
            for name, value in scalars.items():
                tf.summary.scalar(f"training/{name}", value)

    def validation(self, evaluation: Evaluation, step: int) -> None:
        """Writes accuracies, fast weights, an answered task and the confusion."""
        if self._folder.read_only:
            return
        memory = self._model.adapt(*self._episode.support, n_way=evaluation.n_way)
        prediction = self._model.classify(memory, self._episode.query_images)
        task = figures.episode_figure(self._episode, prediction, is_ink=self._is_ink)
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


def _forget_after(step: int, folder: pathlib.Path) -> None:
    for path in folder.glob("events.out.tfevents.*"):
        records = list(_whole_records(path))
        kept = [x for x in records if event_pb2.Event.FromString(x).step <= step]
        if len(kept) < len(records):
            _write_records(path, kept)


def _whole_records(path: pathlib.Path) -> Iterator[bytes]:
    """Yields a file's records up to the first that a crash left unfinished."""
    place = pathlib.Path(literal_path(path.parent), path.name)
    with contextlib.suppress(tf.errors.DataLossError):
        for record in tf.data.TFRecordDataset(str(place)):
            yield record.numpy()


def _write_records(path: pathlib.Path, records: list[bytes]) -> None:
    with write_aside(path) as aside:
        with tf.io.TFRecordWriter(str(aside)) as writer:
            for record in records:
                writer.write(record)


def _write_histograms(memory: TaskMemory) -> None:
    fast_weights = {
        "example": memory.memory_values,
        "task": memory.task_fast_weights,
        "base_task": memory.base_task_fast_weights,
    }
    for level, kernels in fast_weights.items():
        for index, kernel in enumerate(kernels):
            tf.summary.histogram(f"fast_weights/{level}/{index}", kernel)
