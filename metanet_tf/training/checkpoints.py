"""Saves a run's checkpoints and restores them."""

import contextlib
import pathlib
from collections.abc import Iterator

import keras
import tensorflow as tf
from absl import logging

from metanet_tf.model import MetaNet
from metanet_tf.training.class_loss import ClassLoss
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.errors import InputError, reason_of
from metanet_tf.utils.files import file_errors, literal_path

KEPT = 3


class Progress(tf.Module):
    """Progress of a run, besides the optimizer's count of steps.

    Attributes:
        best_accuracy: best validation accuracy so far; -1 before the first.
        validated_step: step of the last validation; -1 before the first.
        seconds: time spent in training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.best_accuracy = tf.Variable(-1.0, dtype=tf.float64, trainable=False)
        self.validated_step = tf.Variable(-1, dtype=tf.int64, trainable=False)
        self.seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)


class Checkpoints:
    """Saves and restores model, optimizer and progress in a run's folder.

    `checkpoints/` holds the last three states, `best/` the model of the best
    validation, `snapshots/` models of several steps with the progress till then.

    Args:
        folder: the run's folder.
        model: a model with all its variables.
        optimizer: built for all that is trained; its `iterations` are the step.
        progress: the rest of the state.
        class_loss: what is trained beside the model, if anything is.
    """

    def __init__(
        self,
        folder: RunFolder,
        model: MetaNet,
        optimizer: keras.optimizers.Optimizer,
        progress: Progress,
        class_loss: ClassLoss | None = None,
    ) -> None:
        self._folder = folder
        self._model = model
        self._optimizer = optimizer
        self._progress = progress
        further = {} if class_loss is None else {"directions": class_loss.kernel.value}
        self._state = tf.train.Checkpoint(
            model=_values(model.variables),
            optimizer=_values(optimizer.variables),
            progress=progress,
            **further,
        )
        self._latest = tf.train.CheckpointManager(
            self._state, _path(folder, folder.checkpoints_dir), max_to_keep=KEPT
        )

    @property
    def step(self) -> int:
        """Number of updates made so far."""
        return int(self._optimizer.iterations.numpy())

    def save(self) -> None:
        """Saves the state under the number of its step.

        Raises:
            InputError: if the folder cannot be written.
        """
        if self._folder.read_only:
            return
        with disk_errors(self._folder.path):
            self._latest.save(checkpoint_number=self.step)
            _remove_older(self._folder.checkpoints_dir)

    def save_best(self) -> None:
        """Saves the model as the best so far; raises as `save` does."""
        save_best(self._model, self._folder, self.step)

    def save_snapshot(self) -> None:
        """Saves the model for good; raises as `save` does."""
        if self._folder.read_only:
            return
        snapshots = tf.train.CheckpointManager(
            _checkpoint_of_snapshot(self._model, self._progress),
            _path(self._folder, self._folder.snapshots_dir),
            max_to_keep=None,
        )
        with disk_errors(self._folder.path):
            snapshots.save(checkpoint_number=self.step)

    def restore(self) -> None:
        """Restores the newest state that can be read, if there is any.

        If `best/` has been lost since, the next validation saves a new best.

        Raises:
            InputError: if there are checkpoints and none can be read.
        """
        _restore_newest(
            self._state,
            self._folder.checkpoints_dir,
            setting=self._folder.setting,
            remedy="Start anew in another --train_dir; best/ beside it may be good.",
        )
        was_validated = int(self._progress.validated_step.numpy()) >= 0
        if was_validated and not _holds_readable(self._folder.best_dir):
            logging.warning(
                "No model can be read in %s; the next validation saves a new best.",
                self._folder.best_dir,
            )
            self._progress.best_accuracy.assign(-1.0)
            self._progress.validated_step.assign(-1)


def save_best(model: MetaNet, folder: RunFolder, step: int) -> None:
    """Saves the model of the best validation, made at `step`, instead of the last.

    Raises:
        InputError: if the folder cannot be written.
    """
    if folder.read_only:
        return
    best = tf.train.CheckpointManager(
        _checkpoint_of_model(model), _path(folder, folder.best_dir), max_to_keep=1
    )
    with disk_errors(folder.path):
        best.save(checkpoint_number=step)


def restore_best(model: MetaNet, folder: RunFolder) -> int:
    """Restores the model of the best validation and returns its step.

    Raises:
        InputError: if there is none or it cannot be read.
    """
    step = _restore_newest(
        _checkpoint_of_model(model),
        folder.best_dir,
        setting=folder.setting,
        remedy="Train on with more --steps: the next validation saves a new one.",
    )
    if step is None:
        raise InputError(
            f"`{folder.setting}` must hold a validated model. Received: {folder.path}, "
            "whose best/ is empty. Train at least until the first validation."
        )
    return step


def restore_snapshot(model: MetaNet, folder: RunFolder, step: int) -> float:
    """Restores the model kept at `step` and returns the seconds of training till then.

    Raises:
        InputError: if there is none or it cannot be read.
    """
    progress = Progress()
    snapshot = _checkpoint_of_snapshot(model, progress)
    path = folder.snapshots_dir / f"ckpt-{step}"
    try:
        prefix = _prefix(path.with_suffix(".index"))
        snapshot.restore(prefix).assert_existing_objects_matched()
    except Exception as error:  # Damage shows as errors of many types.
        raise InputError(
            f"`{folder.setting}` must hold the model of step {step}. Received: "
            f"{folder.path}, where {path} is missing or damaged. Train anew, in "
            "another --train_dir, with --snapshot_every."
        ) from error
    return float(progress.seconds.numpy())


@contextlib.contextmanager
def disk_errors(path: pathlib.Path) -> Iterator[None]:
    """Turns TensorFlow's errors in writing to a run's folder into InputError."""
    with file_errors("train_dir", path):
        try:
            yield
        except tf.errors.OpError as error:
            raise OSError(reason_of(error)) from error


def _path(folder: RunFolder, part: pathlib.Path) -> str:
    """A part of a run's folder, as TensorFlow takes paths."""
    return str(pathlib.Path(literal_path(folder.path), part.name))


def _checkpoint_of_model(model: MetaNet) -> tf.train.Checkpoint:
    return tf.train.Checkpoint(model=_values(model.variables))


def _checkpoint_of_snapshot(model: MetaNet, progress: Progress) -> tf.train.Checkpoint:
    return tf.train.Checkpoint(model=_values(model.variables), progress=progress)


def _values(variables: list[keras.Variable]) -> list[tf.Variable]:
    """TensorFlow's variables behind Keras's.

    A checkpoint follows attributes from object to object, but not the lists that
    Keras objects keep their layers and moments in.
    """
    return [variable.value for variable in variables]


def _restore_newest(
    state: tf.train.Checkpoint, folder: pathlib.Path, *, setting: str, remedy: str
) -> int | None:
    """Restores the newest readable checkpoint of `folder` and returns its step.

    The files are looked up rather than TensorFlow's list of them, which may itself
    be missing or damaged after a crash.
    """
    paths = _newest_first(folder)
    for path in paths:
        try:
            prefix = _prefix(path)
            state.restore(prefix).assert_existing_objects_matched()
        except Exception as error:  # Damage shows as errors of many types.
            logging.warning(
                "Cannot read checkpoint %s; trying the one before. (%s)",
                path,
                reason_of(error),
            )
        else:
            return _step_of(path)
    if paths:
        raise InputError(
            f"`{setting}` must hold a readable checkpoint. Received: {folder}, where "
            f"none can be read. {remedy}"
        )
    return None


def _holds_readable(folder: pathlib.Path) -> bool:
    """True if all tensors of a checkpoint in `folder` can be read."""
    for path in _newest_first(folder):
        try:
            reader = tf.train.load_checkpoint(_prefix(path))
            for name in reader.get_variable_to_shape_map():
                reader.get_tensor(name)
        except Exception as error:  # Damage shows as errors of many types.
            logging.warning("Cannot read checkpoint %s. (%s)", path, reason_of(error))
        else:
            return True
    return False


def _prefix(index_file: pathlib.Path) -> str:
    """Name of this file's checkpoint, as TensorFlow takes it."""
    return str(pathlib.Path(literal_path(index_file.parent), index_file.stem))


def _newest_first(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.glob("ckpt-*.index"), key=_step_of, reverse=True)


def _remove_older(folder: pathlib.Path) -> None:
    """Removes checkpoints that TensorFlow's list of them lost when it was killed."""
    for index_file in _newest_first(folder)[KEPT:]:
        index_file.unlink()
        for data_file in folder.glob(f"{index_file.stem}.data-*"):
            data_file.unlink()


def _step_of(index_file: pathlib.Path) -> int:
    return int(index_file.stem.rpartition("-")[-1])
