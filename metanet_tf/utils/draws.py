"""Random numbers that depend on a seed alone."""

from collections.abc import Sequence

import tensorflow as tf

_MANTISSA, _ONE = 0x7FFFFF, 0x3F800000  # bits of a float32: those of its fraction, 1.0


def uniform(
    shape: Sequence[int | tf.Tensor],
    seed: tf.Tensor | Sequence[int],
    low: float = 0.0,
    high: float = 1.0,
) -> tf.Tensor:
    """Draws from [low, high): the same on any device, compiled with XLA or not.

    `tf.random.stateless_uniform` gives other floats under XLA, of the same bits.

    Args:
        shape: of the result.
        seed: two integers.
        low: least value.
        high: above all values.

    Returns:
        float32 of that shape.
    """
    bits = tf.random.stateless_uniform(
        shape, seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )
    draws = tf.bitcast((bits & _MANTISSA) | _ONE, tf.float32) - 1.0
    return draws * (high - low) + low
