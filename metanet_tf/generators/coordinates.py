"""Selects the coordinates of a gradient that a generator must look at."""

from collections.abc import Callable

import tensorflow as tf

from metanet_tf.config import ModelConfig


def generate(
    outputs: Callable[[tf.Tensor], tf.Tensor],
    coordinates: tf.Tensor,
    config: ModelConfig,
) -> tf.Tensor:
    """Fast weights of coordinates, computed only where there is a gradient.

    A rectifier that is off makes its weights' gradients exactly zero, and most are
    off. All coordinates without a gradient have the output at zero in common. A
    zero-preserving generator subtracts that: no gradient, no fast weight.

    Args:
        outputs: turns [T, any] coordinates into [any] outputs.
        coordinates: float [T, count].
        config: `zero_preserving_generators` and `jit` are read; XLA needs fixed
            shapes and looks at all coordinates.

    Returns:
        float [count].

    Source: BUILD_NOTES.md, "Zero-preserving generators", "Coordinates without
    gradient".
    """
    nowhere = tf.zeros_like(coordinates[:, :1])
    skips_zeros = not config.jit
    if skips_zeros:
        active = tf.where(tf.reduce_any(coordinates != 0, axis=0))[:, 0]
        looked_at = tf.gather(coordinates, active, axis=1)
    else:
        looked_at = coordinates
    values = outputs(tf.concat([nowhere, looked_at], axis=1))
    at_zero, changes = values[0], values[1:] - values[0]
    if skips_zeros:
        # A sum of one summand each: `tf.scatter_nd` does the same many times slower.
        count = tf.shape(coordinates)[1]
        changes = tf.math.unsorted_segment_sum(changes, active, count)
    return changes if config.zero_preserving_generators else changes + at_zero
