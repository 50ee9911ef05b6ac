"""Jobs that an experiment consists of: to train a run, and to measure an accuracy."""

import dataclasses
import pathlib
import time
from collections.abc import Callable
from typing import Any, Protocol

from metanet_tf.config import DataConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import check_room
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.evaluation.accuracy import Mean, evaluate
from metanet_tf.experiments.experiment import Measurement, Result
from metanet_tf.experiments.runs import NeededRun
from metanet_tf.model import MetaNet
from metanet_tf.training.interruption import interruptible
from metanet_tf.training.run import EVALUATION_SEED, train_and_test
from metanet_tf.training.trained_model import load_snapshot, load_trained_model


class Job(Protocol):
    """Work that is done once; what it has made is found again by another process."""

    title: str

    def is_done(self) -> bool:
        """True if nothing of it is left to do."""

    def seconds(self) -> float | None:
        """Seconds that it took, or will take; None if unknown."""

    def do(self) -> None:
        """Does it, or goes on with it."""


class TrainingJob:
    """Trains a run, tests it and writes its results.

    Args:
        run: what to train.
        command: what the experiment was started with.
    """

    def __init__(self, run: NeededRun, command: str) -> None:
        self.title = f"train {run.name}"
        self.run_name = run.name
        self._run = run
        self._command = command

    def is_done(self) -> bool:
        """True if the run has its results."""
        return self._run.results() is not None

    def seconds(self) -> float | None:
        """Seconds that it took, or may take; None if its time is not limited."""
        results = self._run.results()
        if results is not None:
            return results["seconds"]
        minutes = self._run.config.training.minutes
        return None if minutes is None else 60.0 * minutes

    def do(self) -> None:
        """Trains and tests."""
        train_and_test(self._run.config, self._command)


class MeasurementJob:
    """Makes a measurement and records it in the folder of the run.

    Args:
        measurement: what to measure.
        episodes: number of tasks.
        load: reads a data set.
    """

    def __init__(
        self,
        measurement: Measurement,
        episodes: int,
        load: Callable[[DataConfig], Dataset] = load_dataset,
    ) -> None:
        self.title = _title(measurement)
        self.run_name = measurement.run.name
        self._measurement = measurement
        self._episodes = episodes
        self._load = load
        self._train_dir = measurement.run.config.training.train_dir
        self._folder = measurement.run.folder
        self._result: Result | None = None

    def is_done(self) -> bool:
        """True if it has been made, or never will: the run ended before its step."""
        if self.result() is not None:
            return True
        results = self._measurement.run.results()
        step = self._measurement.step
        return step is not None and results is not None and step > results["steps"]

    def seconds(self) -> float | None:
        """Seconds that it took; None if it has not been made."""
        record = self._record()
        return None if record is None else record["test_seconds"]

    def do(self) -> None:
        """Makes it and records it."""
        with interruptible():
            self._folder.tests_dir.mkdir(exist_ok=True)
            self._folder.write(self._file, self._measure())

    def result(self) -> Result | None:
        """Returns its result; None if it has not been made."""
        if self._result is None:
            self._result = self._recorded_result()
        return self._result

    def check_room(self) -> None:
        """Checks that there are data for the measurement.

        Raises:
            InputError: if they cannot be found or have no room for a task.
        """
        check_room(self._classes(), self._measurement.task)

    @property
    def _file(self) -> pathlib.Path:
        return self._folder.tests_dir / f"{self._measurement.name}.json"

    def _record(self) -> dict[str, Any] | None:
        """Returns the record, if it is of the same tasks and the same training."""
        record = self._folder.read(self._file)
        if record is None or record["settings"] != self._settings():
            return None
        return record

    def _recorded_result(self) -> Result | None:
        record = self._record()
        if record is None:
            return None
        return Result(
            self._measurement,
            Mean(record["accuracy"], record["half_width"]),
            Mean(record["attention_accuracy"], record["attention_half_width"]),
            record["training_episodes"],
            record["training_seconds"],
            record["seed"],
        )

    def _settings(self) -> dict[str, Any]:
        """All that the accuracy depends on, as JSON has it."""
        measurement = self._measurement
        step, results = measurement.step, measurement.run.results() or {}
        return {
            "task": dataclasses.asdict(measurement.task),
            "episodes": self._episodes,
            "seed": EVALUATION_SEED,
            "class_split": measurement.data.class_split,
            # A snapshot stays the same when its run goes on.
            "trained_steps": results.get("steps") if step is None else step,
        }

    def _measure(self) -> dict[str, Any]:
        """Returns the record: the accuracy, and its tasks and training."""
        began = time.monotonic()
        model, training_seconds = self._model()
        evaluation = evaluate(
            model,
            self._classes(),
            self._measurement.task,
            episodes=self._episodes,
            seed=EVALUATION_SEED,
        )
        settings = self._settings()
        training = self._measurement.run.config.training
        return evaluation.summary() | {
            "settings": settings,
            "training_episodes": settings["trained_steps"] * training.episodes_per_step,
            "training_seconds": round(training_seconds, 1),
            "test_seconds": round(time.monotonic() - began, 1),
            "seed": training.seed,
        }

    def _model(self) -> tuple[MetaNet, float]:
        """The model to test and how many seconds its run had been trained."""
        step, change = self._measurement.step, self._measurement.change
        if step is not None:
            model, seconds = load_snapshot(self._train_dir, step)
        else:
            model, _ = load_trained_model(self._train_dir)
            seconds = (self._measurement.run.results() or {})["seconds"]
        return change.apply(model) if change else model, seconds

    def _classes(self) -> ImageClasses:
        return getattr(self._load(self._measurement.data), self._measurement.split)


def _title(measurement: Measurement) -> str:
    called = ", ".join(str(label) for label in measurement.labels.values())
    step = "" if measurement.step is None else f" after step {measurement.step}"
    return f"test {measurement.run.name}{step}: {called}"
