"""The learning rate in the course of training."""

import math

from metanet_tf.config import TrainingConfig


def learning_rate(config: TrainingConfig, steps: int, seconds: float) -> float:
    """The learning rate of the next step.

    Args:
        config: of the training.
        steps: made so far.
        seconds: spent so far.
    """
    if config.learning_rate_schedule == "constant":
        return config.learning_rate
    done = _share_done(config, steps, seconds)
    return config.learning_rate * (1.0 + math.cos(math.pi * done)) / 2


def _share_done(config: TrainingConfig, steps: int, seconds: float) -> float:
    """Share of the steps or, if it is larger, of the time, in [0, 1]."""
    done = steps / config.steps
    if config.minutes is not None:
        done = max(done, seconds / (60 * config.minutes))
    return min(done, 1.0)
