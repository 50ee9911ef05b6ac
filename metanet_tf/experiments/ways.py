"""Number of classes of an experiment's training tasks."""

from collections.abc import Sequence

from metanet_tf.config import ExperimentConfig
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import read_numbers


def wanted_ways(config: ExperimentConfig, default: Sequence[int]) -> list[int]:
    """The numbers that `config` asks for, each once, or else `default`.

    Raises:
        InputError: if `ways` is not a list of numbers >= 2.
    """
    asked = read_numbers("ways", config.ways, minimum=2)
    return list(dict.fromkeys(asked or default))


def wanted_way(config: ExperimentConfig, default: int) -> int:
    """The only number that `config` asks for, or else `default`.

    Raises:
        InputError: if there are several.
    """
    ways = wanted_ways(config, [default])
    if len(ways) > 1:
        raise InputError(
            f"`ways` must be one number for {config.name}. Received: {config.ways}. "
            "Change --ways."
        )
    return ways[0]
