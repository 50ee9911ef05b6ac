"""Work that an experiment consists of; the first kind of it, to train a run."""

from typing import Protocol

from metanet_tf.experiments.needed_runs import NeededRun
from metanet_tf.training.run import train_and_test


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
        return self._run.results() is not None

    def seconds(self) -> float | None:
        results = self._run.results()
        if results is not None:
            return results["seconds"]
        minutes = self._run.config.training.minutes
        return None if minutes is None else 60.0 * minutes

    def do(self) -> None:
        train_and_test(self._run.config, self._command)
