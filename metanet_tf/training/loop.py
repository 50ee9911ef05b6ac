"""The training loop: decides when to step, validate, write summaries and save."""

import math
import time
from collections.abc import Callable

from metanet_tf.config import TrainingConfig
from metanet_tf.evaluation import Evaluation
from metanet_tf.training.checkpoints import Checkpoints, Progress
from metanet_tf.training.interruption import Interrupted, Interruption, deferred_signals
from metanet_tf.training.progress_bar import ProgressBar
from metanet_tf.training.schedule import learning_rate
from metanet_tf.training.step import Metrics, TrainStep
from metanet_tf.training.steps import Steps
from metanet_tf.training.summaries import Summaries
from metanet_tf.training.workers import Workers
from metanet_tf.utils.errors import InputError


class TrainingLoop:
    """Trains until the steps are made or the minutes are over.

    Args:
        config: steps, minutes and the `..._every` settings are read.
        train_step: holds the average of theta, if one is kept.
        steps: makes updates of it.
        validate: tests the model on validation tasks.
        checkpoints: of the state that `train_step` changes.
        progress: the part of that state which this loop keeps.
        summaries: where curves and pictures go.
        workers: agree on when to stop, and on the learning rate.
    """

    def __init__(
        self,
        config: TrainingConfig,
        *,
        train_step: TrainStep,
        steps: Steps,
        validate: Callable[[], Evaluation],
        checkpoints: Checkpoints,
        progress: Progress,
        summaries: Summaries,
        workers: Workers,
    ) -> None:
        self._config = config
        self._train_step = train_step
        self._steps = steps
        self._validate = validate
        self._checkpoints = checkpoints
        self._progress = progress
        self._summaries = summaries
        self._workers = workers
        self._step = checkpoints.step
        self._metrics: Metrics = {}  # Of the last step.

    def run(self) -> None:
        """Trains to the end, validates and saves.

        Raises:
            Interrupted: after ^C or SIGTERM, when the state has been saved.
            InputError: if the run's folder cannot be written, or the loss is not
                finite any more; nothing is saved from then on.
        """
        self._began = time.monotonic() - float(self._progress.seconds.numpy())
        per_step = self._config.episodes_per_step
        is_shown = self._workers.is_chief
        bar = ProgressBar(self._step, self._config.steps, per_step, is_shown)
        with deferred_signals() as interruption, bar:
            seconds, signal_number = self._agree(interruption)
            while not self._is_over(seconds) and signal_number is None:
                self._advance(bar, seconds)
                seconds, signal_number = self._agree(interruption)
            if signal_number is None:
                self._validate_once(bar)
            self._save()
            _, signal_number = self._agree(interruption)
        _raise_if_interrupted(signal_number, self._step)

    def _agree(self, interruption: Interruption) -> tuple[float, int | None]:
        """The seconds of training and the signal to stop, alike on all workers."""
        return self._workers.agree(self._seconds(), interruption.signal_number)

    def _advance(self, bar: ProgressBar, seconds: float) -> None:
        count = self._steps_at_once()
        coming = range(self._step, self._step + count)
        rates = [learning_rate(self._config, step, seconds) for step in coming]
        self._metrics = self._steps(self._step, rates)
        self._step += count
        if bar.add(self._metrics, count, self._seconds_left(self._seconds())):
            self._check_finite()
        if self._is_due(self._config.summary_every):
            self._write_scalars(self._metrics)
        if self._is_due(self._config.validate_every):
            self._validate_once(bar)
        if self._is_due(self._config.snapshot_every):
            self._keep()
        if self._is_due(self._config.checkpoint_every):
            self._save()

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
        return min(config.steps_per_call, config.steps - self._step, *until_due)

    def _is_due(self, every: int) -> bool:
        return bool(every) and self._step % every == 0

    def _is_over(self, seconds: float) -> bool:
        seconds_left = self._seconds_left(seconds)
        is_late = seconds_left is not None and seconds_left <= 0
        return is_late or self._step >= self._config.steps

    def _seconds_left(self, seconds: float) -> float | None:
        if not self._config.minutes:
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
        self._check_finite()
        with self._train_step.averaged():
            evaluation = self._validate()
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

    def _save(self) -> None:
        self._check_finite()
        self._progress.seconds.assign(self._seconds())
        self._checkpoints.save()

    def _keep(self) -> None:
        self._check_finite()
        self._progress.seconds.assign(self._seconds())
        with self._train_step.averaged():
            self._checkpoints.save_snapshot()

    def _check_finite(self) -> None:
        """Checks the last step; once theta is not finite, no later loss is."""
        loss, gradient = (
            float(self._metrics.get(name, 0.0))
            for name in ("loss", "gradient_norm/theta")
        )
        if not math.isfinite(loss) or not math.isfinite(gradient):
            raise InputError(
                f"The loss and its gradient must be finite. Received at step "
                f"{self._step}: {loss} and {gradient}. What was saved before is kept. "
                "Start anew in another --train_dir with a lower --learning_rate or "
                "--clip_norm."
            )


def _raise_if_interrupted(signal_number: int | None, step: int) -> None:
    if signal_number is not None:
        raise Interrupted(
            f"Stopped and saved at step {step}. The same command goes on from there.",
            signal_number,
        )
