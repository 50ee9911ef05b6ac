"""The training loop: decides when to step, validate, write summaries and save."""

import contextlib
import time
from collections.abc import Callable

from metanet_tf.config import TrainingConfig
from metanet_tf.evaluation.accuracy import Evaluation
from metanet_tf.training.checkpoints import Checkpoints, Progress
from metanet_tf.training.interruption import Interrupted, Interruption, deferred_signals
from metanet_tf.training.progress_bar import ProgressBar
from metanet_tf.training.schedule import learning_rate
from metanet_tf.training.step import Metrics, TrainStep
from metanet_tf.training.steps import Steps
from metanet_tf.training.summaries import Summaries
from metanet_tf.training.workers import Workers
from metanet_tf.utils.errors import NotFiniteError

_SECONDS_BETWEEN_CHECKS = 1.0  # Of whether updates have been left out.
_SECONDS_OF_A_CALL = 5.0  # At most, so that a signal is answered in time.


class TrainingLoop:
    """Trains until the steps are made or the minutes are over.

    Args:
        config: steps, minutes and the `..._every` settings are read.
        train_step: holds the average of theta, if one is kept.
        steps: makes updates of it.
        validate: tests the model on validation tasks; calls its argument between
            them, which ends it if that raises.
        reproduce: writes down the step of that number, whose loss or gradient is not
            finite, and returns the error to raise.
        checkpoints: of the state that `train_step` changes.
        progress: the part of that state which this loop keeps.
        summaries: where curves and pictures go.
        workers: agree on the time and on signals, by which this loop decides.
    """

    def __init__(
        self,
        config: TrainingConfig,
        *,
        train_step: TrainStep,
        steps: Steps,
        validate: Callable[[Callable[[], object]], Evaluation],
        reproduce: Callable[[int], NotFiniteError],
        checkpoints: Checkpoints,
        progress: Progress,
        summaries: Summaries,
        workers: Workers,
    ) -> None:
        self._config = config
        self._train_step = train_step
        self._steps = steps
        self._validate = validate
        self._reproduce = reproduce
        self._checkpoints = checkpoints
        self._progress = progress
        self._summaries = summaries
        self._workers = workers
        self._step = checkpoints.step
        self._metrics: Metrics = {}  # Of the last step.
        self._seconds_per_step = 0.0
        self._updates_left_out = 0
        self._checked = 0.0  # Seconds of training at the last check in time.
        self._interruption = Interruption()

    def run(self) -> None:
        """Trains to the end, validates and saves.

        Raises:
            Interrupted: after ^C, SIGTERM or SIGHUP, when the state has been saved.
            InputError: if the run's folder cannot be written.
            NotFiniteError: if the loss or the gradient is not finite any more, unless
                such updates are left out; nothing is saved from then on.
        """
        self._began = time.monotonic() - float(self._progress.seconds.numpy())
        per_step = self._config.episodes_per_step
        is_shown = self._workers.is_chief
        bar = ProgressBar(self._step, self._config.steps, per_step, is_shown)
        with deferred_signals() as self._interruption, bar:
            with contextlib.suppress(Interrupted):
                self._train(bar)
            self._save(bar)
            _, signal_number = self._agree()
        _raise_if_interrupted(signal_number, self._step)

    def _agree(self) -> tuple[float, int | None]:
        """The seconds of training and the signal to stop, alike on all workers."""
        return self._workers.agree(self._seconds(), self._interruption.signal_number)

    def _check_signals(self) -> float:
        """The seconds of training; raises `Interrupted` if any worker has a signal."""
        seconds, signal_number = self._agree()
        if signal_number is not None:
            raise Interrupted("Stopped.", signal_number)
        return seconds

    def _train(self, bar: ProgressBar) -> None:
        if self._step and self._is_due(self._config.validate_every):
            self._validate_once(bar)  # A signal may have ended it.
        while not self._is_over(seconds := self._check_signals()):
            self._advance(bar, seconds)
        self._validate_once(bar)

    def _advance(self, bar: ProgressBar, began: float) -> None:
        seconds = self._make_steps(bar, began)
        if seconds - self._checked > _SECONDS_BETWEEN_CHECKS:
            self._checked = seconds
            self._check_finite(bar)
        if self._is_due(self._config.summary_every):
            self._write_scalars(self._metrics)
        if self._is_due(self._config.snapshot_every):
            self._keep(bar)
        if self._is_due(self._config.validate_every):
            self._validate_once(bar)
        if self._is_due(self._config.checkpoint_every):
            self._save(bar)

    def _make_steps(self, bar: ProgressBar, began: float) -> float:
        """Makes steps; the seconds of training before and after are agreed upon."""
        count = self._steps_at_once()
        coming = range(self._step, self._step + count)
        rates = [learning_rate(self._config, step, began) for step in coming]
        self._metrics = self._steps(self._step, rates)
        self._step += count
        seconds, _ = self._agree()
        self._seconds_per_step = (seconds - began) / count
        bar.add(self._metrics, count, self._seconds_left(seconds))
        return seconds

    def _steps_at_once(self) -> int:
        """Steps until the next one after which something is due."""
        config = self._config
        intervals = (
            config.summary_every,
            config.validate_every,
            config.snapshot_every,
            config.checkpoint_every,
        )
        until_due = [every - self._step % every for every in intervals if every]
        in_time = max(1, int(_SECONDS_OF_A_CALL / (self._seconds_per_step + 1e-9)))
        most = min(config.steps_per_call, in_time)
        return min(most, config.steps - self._step, *until_due)

    def _is_due(self, every: int | None) -> bool:
        return every is not None and self._step % every == 0

    def _is_over(self, seconds: float) -> bool:
        seconds_left = self._seconds_left(seconds)
        is_late = seconds_left is not None and seconds_left <= 0
        return is_late or self._step >= self._config.steps

    def _seconds_left(self, seconds: float) -> float | None:
        if self._config.minutes is None:
            return None
        return 60 * self._config.minutes - seconds

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _write_scalars(self, metrics: Metrics) -> None:
        speed = {"seconds": self._seconds()}
        self._summaries.training_step(metrics | speed, self._step)

    def _validate_once(self, bar: ProgressBar) -> None:
        """Validates unless this step has been validated; keeps the best model."""
        if int(self._progress.validated_step.numpy()) == self._step:
            return
        self._check_finite(bar)
        with self._train_step.averaged():
            evaluation = self._validate(self._check_signals)
            is_best = self._keep_if_best(evaluation)
            self._summaries.validation(evaluation, self._step)
        bar.write(
            f"step {self._step}: validation accuracy {evaluation.accuracy}, "
            f"attention {evaluation.attention_accuracy}{', best' * is_best}"
        )

    def _keep_if_best(self, evaluation: Evaluation) -> bool:
        self._progress.validated_step.assign(self._step)
        accuracy = evaluation.accuracy.value
        is_best = accuracy > float(self._progress.best_accuracy.numpy())
        if is_best:
            self._progress.best_accuracy.assign(accuracy)
            self._checkpoints.save_best()
        return is_best

    def _save(self, bar: ProgressBar) -> None:
        self._check_finite(bar)
        self._progress.seconds.assign(self._seconds())
        self._checkpoints.save()

    def _keep(self, bar: ProgressBar) -> None:
        self._check_finite(bar)
        self._progress.seconds.assign(self._seconds())
        with self._train_step.averaged():
            self._checkpoints.save_snapshot()

    def _check_finite(self, bar: ProgressBar) -> None:
        """Looks whether updates have been left out, which some steps ago is as good.

        `TrainStep` makes no further update then, so that the state is still the one
        that the update was left out in.
        """
        before, self._updates_left_out = (
            self._updates_left_out,
            self._train_step.updates_left_out,
        )
        if self._updates_left_out == before:
            return
        if not self._config.skip_nonfinite:
            raise self._reproduce(self._checkpoints.step)
        bar.write(
            f"step {self._step}: {self._updates_left_out} updates left out by now, "
            "whose loss or gradient was not finite"
        )


def _raise_if_interrupted(signal_number: int | None, step: int) -> None:
    if signal_number is not None:
        raise Interrupted(
            f"Stopped and saved at step {step}. The same command goes on from there.",
            signal_number,
        )
