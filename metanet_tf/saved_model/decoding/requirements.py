"""Refusals, made inside the graph: a SavedModel brings no Python."""

from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

Text: TypeAlias = "str | tf.Tensor"


def require(condition: tf.Tensor, reason: Callable[[], list[Text]]) -> tf.Tensor:
    """Makes a check; what is computed under its control runs if it holds.

    Args:
        condition: bool [].
        reason: gives what continues "A picture cannot be read: it".

    Raises:
        tf.errors.InvalidArgumentError: when run, if the condition does not hold.
    """
    return tf.cond(condition, lambda: True, lambda: _refuse(reason()))


def require_size(
    width: tf.Tensor, height: tf.Tensor, frames: tf.Tensor, max_pixels: int
) -> tf.Tensor:
    """Checks a picture's size, int32 [] each, before it is decoded."""
    is_told = (width > 0) & (height > 0)
    with tf.control_dependencies([require(is_told, lambda: ["is cut off or damaged"])]):
        # As a float, since three large integers overflow every other.
        pixels = tf.reduce_prod(tf.cast([width, height, frames], tf.float64))
    return require(
        pixels <= max_pixels,
        lambda: [
            tf.strings.format(
                "has {} x {} x {} pixels (width, height, frames)",
                [width, height, frames],
            ),
            f"; at most {max_pixels:,} are read. Make it smaller",
        ],
    )


def _refuse(reason: list[Text]) -> tf.Tensor:
    said = tf.strings.join(["A picture cannot be read: it ", *reason, "."])
    with tf.control_dependencies([tf.debugging.Assert(False, [said])]):
        return tf.constant(False)
