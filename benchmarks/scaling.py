#!/usr/bin/env python3
"""Computes how training would gain from 1 to 64 workers. Nothing is measured.

    python benchmarks/scaling.py
    python benchmarks/scaling.py --step_ms=55 --gigabits=10 --microseconds=100

Each worker computes one step of its own episodes, which does not depend on the others.
Then the gradients go around a ring, as in TensorFlow's collectives: each of W workers
sends and receives 2 (W - 1) / W of their bytes in 2 (W - 1) messages. They do so twice:
for the mean, whose norms are shown and clipped, and in the optimizer of Keras.
One more round of a few bytes agrees on the time and on signals.

Flags:
"""

import dataclasses

from metanet_tf.commands import command
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

with command.quiet_import():
    from metanet_tf.speed.report import Table

WORKERS = [2**power for power in range(7)]
ROUNDS_OF_GRADIENTS = 2
BYTES_PER_NUMBER = 4  # float32


@dataclasses.dataclass(frozen=True)
class ScalingConfig(CheckedConfig):
    """Settings: a step of one worker, and the network."""

    parameters: int = setting(
        596_888, "Numbers in theta; omniglot.flags has the default.", minimum=1
    )
    step_ms: float = setting(
        1.5, "Milliseconds of a step of one worker alone, > 0.", minimum=1e-6
    )
    gigabits: float = setting(
        25.0, "Gigabits per second from a worker to the next, > 0.", minimum=1e-6
    )
    microseconds: float = setting(
        50.0, "Microseconds that a message takes at least, >= 0.", minimum=0.0
    )


def exchange_seconds(workers: int, config: ScalingConfig) -> float:
    """Seconds that `workers` spend on each step in telling each other."""
    messages = 2 * (workers - 1)
    numbers = ROUNDS_OF_GRADIENTS * config.parameters
    sent = messages / workers * BYTES_PER_NUMBER * numbers
    rounds = ROUNDS_OF_GRADIENTS + 1
    waiting = rounds * messages * config.microseconds / 1e6
    return 8 * sent / (config.gigabits * 1e9) + waiting


def main() -> None:
    """Prints the curve."""
    config = from_flags(ScalingConfig)
    table = Table(
        f"{config.step_ms:g} ms a step, {config.parameters} parameters, "
        f"{config.gigabits:g} Gbit/s, {config.microseconds:g} us a message",
        ("workers", "d"),
        ("exchange ms", ".2f"),
        ("step ms", ".2f"),
        ("times the episodes", ".1f"),
        ("efficiency", ".0%"),
    )
    for workers in WORKERS:
        exchange = 1000 * exchange_seconds(workers, config)
        efficiency = config.step_ms / (config.step_ms + exchange)
        table.add(
            workers,
            exchange,
            config.step_ms + exchange,
            workers * efficiency,
            efficiency,
        )


if __name__ == "__main__":
    command.run(main, [ScalingConfig], __doc__)
