"""Times functions, and a training command to its first step."""

import dataclasses
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

_WARM_UP_RUNS = 2  # tracing, then what only the first run of a graph does
_MIN_RUNS = 3
_TRAIN = "from metanet_tf.commands.train import main; main()"
_POLL_SECONDS = 0.02


class Timing(NamedTuple):
    """Median duration of several runs, seconds."""

    median: float
    runs: int


@dataclasses.dataclass(frozen=True)
class Timer:
    """Runs a function again and again.

    Attributes:
        repeats: timed runs.
        seconds: stop earlier when they have taken this long, once there are three.
    """

    repeats: int
    seconds: float

    def time(self, function: Callable[[], Any]) -> Timing:
        """Times `function` after warm-up."""
        for _ in range(_WARM_UP_RUNS):
            _duration(function)
        durations: list[float] = []
        while self._is_wanting(durations):
            durations.append(_duration(function))
        return Timing(statistics.median(durations), len(durations))

    def _is_wanting(self, durations: list[float]) -> bool:
        if len(durations) < _MIN_RUNS:
            return True
        return len(durations) < self.repeats and sum(durations) < self.seconds


def _duration(function: Callable[[], Any]) -> float:
    began = time.perf_counter()
    function()
    tf.test.experimental.sync_devices()  # an accelerator may still be at work
    return time.perf_counter() - began


def seconds_to_first_step(arguments: Sequence[str] = ()) -> float:
    """Starts the training command in a new process and stops it after one step.

    Imports, data, model and tracing are included, and so is writing the checkpoint
    by which the step is seen.

    Args:
        arguments: flags of the command beside its defaults.

    Raises:
        RuntimeError: if the command ends before its first step.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _TRAIN, f"--train_dir={folder}/run"]
        began = time.perf_counter()
        with subprocess.Popen(
            [*command, "--checkpoint_every=1", *arguments], stderr=subprocess.PIPE
        ) as process:
            try:
                _wait_for(pathlib.Path(folder, "run/checkpoints/ckpt-1.index"), process)
                return time.perf_counter() - began
            finally:
                process.kill()


def _wait_for(checkpoint: pathlib.Path, process: subprocess.Popen) -> None:
    while not checkpoint.exists():
        if process.poll() is not None:
            _, message = process.communicate()
            raise RuntimeError(f"Training ended before a step: {message.decode()}")
        time.sleep(_POLL_SECONDS)
