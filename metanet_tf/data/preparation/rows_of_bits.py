"""Binary images of 64 columns, a row in the bits of one number.

One operation on numbers then does 64 pixels' work. Column k is bit k.
"""

import numpy as np
import tensorflow as tf

WIDTH = 64
_BYTE = 2 ** np.arange(8)


def pack(is_ink: tf.Tensor) -> tf.Tensor:
    """Returns the rows of bool [B, h, WIDTH], uint64 [B, h]."""
    pixels = tf.reshape(is_ink, [-1, is_ink.shape[1], WIDTH // 8, 8])
    numbers = tf.tensordot(
        tf.cast(pixels, tf.float32), tf.constant(_BYTE, tf.float32), 1
    )
    return tf.bitcast(tf.cast(numbers, tf.uint8), tf.uint64)


def unpack(rows: tf.Tensor) -> tf.Tensor:
    """Undoes `pack`, bool [B, h, WIDTH]."""
    numbers = tf.bitcast(rows, tf.uint8)[..., tf.newaxis]
    pixels = tf.bitwise.bitwise_and(numbers, tf.constant(_BYTE, tf.uint8)) > 0
    return tf.reshape(pixels, [-1, rows.shape[1], WIDTH])


def moved(rows: tf.Tensor, down: int, right: int) -> tf.Tensor:
    """Moves all ink so many rows and columns; what leaves the image is lost."""
    height = rows.shape[1]
    above, below = max(down, 0), max(-down, 0)
    rows = tf.pad(rows[:, below : height - above], [[0, 0], [above, below]])
    if right:
        shift = tf.bitwise.left_shift if right > 0 else tf.bitwise.right_shift
        rows = shift(rows, tf.constant(abs(right), tf.uint64))
    return rows
