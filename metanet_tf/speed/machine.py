"""Description of the machine that a measurement was made on."""

import os
import pathlib
import platform
from typing import Any

import tensorflow as tf

from metanet_tf.utils.threads import num_cores


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


def _threads_per_operation() -> int:
    """0 is TensorFlow's own choice, one for each core."""
    chosen = tf.config.threading.get_intra_op_parallelism_threads()
    return chosen or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0))


def _processor_name() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
    return names[0].strip() if names else platform.processor()
