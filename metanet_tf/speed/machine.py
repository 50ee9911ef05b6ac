"""The machine: its description, its rate of matrix products, this process's memory."""

import contextlib
import os
import pathlib
import platform
import resource
import sys
from typing import Any

import tensorflow as tf

from metanet_tf.speed.timing import Timer
from metanet_tf.utils.threads import num_cores

_PROCESS = pathlib.Path("/proc/self")  # Linux alone has it
_MATRIX_SIZE = 2000
_BRIEF = Timer(repeats=20, seconds=0.5)


def machine() -> dict[str, Any]:
    """Returns processor, cores this process may use, their load, and accelerators.

    `load` is of the last minute: other work makes all figures worse than they are.
    """
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return {
        "processor": _processor_name(),
        "cores": num_cores(),
        "threads_per_operation": _threads_per_operation(),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "accelerators": [detail.get("device_name", "GPU") for detail in details],
    }


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


def peak_memory() -> int:
    """Most memory that was resident since `reset_peak`, or since the start.

    TensorFlow keeps memory that it has once taken: what was done before counts too.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def reset_peak() -> None:
    """Makes `peak_memory` begin anew, where the system has a way to."""
    with contextlib.suppress(OSError):
        (_PROCESS / "clear_refs").write_text("5")


def current_memory() -> int | None:
    """Resident memory; None where the system does not tell."""
    try:
        pages = int((_PROCESS / "statm").read_text().split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize()


def _threads_per_operation() -> int | None:
    """Returns the number that was set; None: TensorFlow's own, one for each core."""
    chosen = tf.config.threading.get_intra_op_parallelism_threads()
    return chosen or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0)) or None


def _processor_name() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
    return names[0].strip() if names else platform.processor()
