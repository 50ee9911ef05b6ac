"""Times functions, and this machine's products of matrices."""

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from metanet_tf.utils.threads import num_cores

_WARM_UP_RUNS = 2  # tracing, then what only the first run of a graph does
_MIN_RUNS = 3
_MATRIX_SIZE = 2000


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


_BRIEF = Timer(repeats=20, seconds=0.5)


def matrix_product_rate(timer: Timer = _BRIEF, size: int = _MATRIX_SIZE) -> float:
    """Operations per second of float32 products of `size` x `size` matrices.

    As many products at once as there are cores, which keeps all of them busy whether
    TensorFlow splits a product or not. Counted like the model's products: 2 for each
    multiplication with its addition.
    """
    count = num_cores()
    matrices = tf.unstack(tf.random.stateless_uniform([count, size, size], [0, 0]))

    @tf.function
    def products() -> list[tf.Tensor]:
        return [tf.matmul(matrix, matrix) for matrix in matrices]

    return count * 2 * size**3 / timer.time(products).median


def _duration(function: Callable[[], Any]) -> float:
    began = time.perf_counter()
    function()
    tf.test.experimental.sync_devices()  # an accelerator may still be at work
    return time.perf_counter() - began
