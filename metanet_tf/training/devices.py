"""What a run makes of the machine: its devices and its arithmetic."""

import pathlib

import tensorflow as tf

from metanet_tf.config import TrainingConfig
from metanet_tf.utils.errors import InputError

_PROCESSOR = pathlib.Path("/proc/cpuinfo")  # of Linux


def make_strategy(config: TrainingConfig) -> tf.distribute.Strategy:
    """Returns the strategy that `config` names.

    Raises:
        InputError: if the episodes of a step cannot be shared out evenly.
    """
    if config.strategy == "one_device":
        return tf.distribute.get_strategy()
    gpus = tf.config.list_logical_devices("GPU")
    devices = gpus or tf.config.list_logical_devices("CPU")
    if config.episodes_per_step % len(devices):
        raise InputError(
            "`episodes_per_step` must be a multiple of the number of devices, "
            f"{len(devices)}, with --strategy={config.strategy}. Received: "
            f"{config.episodes_per_step}. Change --episodes_per_step."
        )
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def is_bfloat16_faster() -> bool:
    """Whether products in bfloat16 take less time than in float32.

    Processors without matrix instructions for it convert each number there and back.
    """
    if tf.config.list_physical_devices("GPU"):
        return True
    return _PROCESSOR.is_file() and "amx_bf16" in _PROCESSOR.read_text().split()
