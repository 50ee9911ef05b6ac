"""Operations on the neighbourhoods of pixels.

Mostly in float32 [B, h, w] of known h, w.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

_WIDE = 9  # Windows of more pixels are slow to double.
_AXES = (1, 2)  # Rows and columns.
_NEAR = np.outer([1, 4, 1], [1, 4, 1])[..., np.newaxis, np.newaxis] / 36


def window_maximum(images: tf.Tensor, size: int) -> tf.Tensor:
    """Largest value of the size x size pixels around each; outside there is none."""
    if size >= _WIDE and images.shape.rank == 3:
        return _of_columns(_of_columns(images, size), size)
    return _by_doubling(images, size)


def _of_columns(images: tf.Tensor, size: int) -> tf.Tensor:
    """Maxima of `size` pixels above each other, rows and columns exchanged.

    Columns side by side, like channels, are looked at together.
    """
    maxima = tf.nn.max_pool2d(images[:, :, tf.newaxis], [size, 1], 1, "SAME")[:, :, 0]
    return tf.linalg.matrix_transpose(maxima)


def window_mean(images: tf.Tensor, size: int) -> tf.Tensor:
    """Mean of the size x size pixels around each, as far as there are any."""
    for _ in range(2):
        means = tf.nn.avg_pool2d(images[:, :, tf.newaxis], [size, 1], 1, "SAME")
        images = tf.linalg.matrix_transpose(means[:, :, 0])
    return images


def _by_doubling(images: tf.Tensor, size: int) -> tf.Tensor:
    """Finds small windows' maxima: a 2 x 2 window of maxima of windows."""
    margin = (size - 1) // 2
    around = [margin, size - 1 - margin]
    padding = [[0, 0], around, around, [0, 0]][: images.shape.rank]
    images = tf.pad(images, padding, constant_values=images.dtype.min)
    covered = 1
    while covered < size:
        step = min(covered, size - covered)
        images = tf.maximum(images[:, :-step], images[:, step:])
        images = tf.maximum(images[:, :, :-step], images[:, :, step:])
        covered += step
    return images


def window_minimum(images: tf.Tensor, size: int) -> tf.Tensor:
    """Smallest value of the size x size pixels around each; outside there is none."""
    return -window_maximum(-images, size)


def is_near(is_ink: tf.Tensor, size: int) -> tf.Tensor:
    """True if there is ink among the size x size pixels around each, bool [B, h, w]."""
    return window_maximum(tf.cast(is_ink, tf.uint8), size) > 0  # Bytes are faster.


def closing(images: tf.Tensor, size: int) -> tf.Tensor:
    """Fills what is dark and in no dark square of size x size pixels.

    Outside all may be dark: a square may lie there with all but a row or a column.
    """
    margin = size // 2
    around = [[0, 0], [margin, margin], [margin, margin]]
    padded = tf.pad(images, around, constant_values=images.dtype.min)
    closed = window_minimum(window_maximum(padded, size), size)
    return closed[:, margin:-margin, margin:-margin]


def opening(images: tf.Tensor, size: int) -> tf.Tensor:
    """Removes what is light and in no light square of size x size pixels."""
    return window_maximum(window_minimum(images, size), size)


def blur(images: tf.Tensor) -> tf.Tensor:
    """Weighted mean of 3 x 3 pixels, mostly of the one in the middle.

    The edge is repeated outside.
    """
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1]], "SYMMETRIC")[..., tf.newaxis]
    return tf.nn.conv2d(padded, tf.constant(_NEAR, tf.float32), 1, "VALID")[..., 0]


def cells(
    images: tf.Tensor, size: int, reduce: Callable[..., tf.Tensor] = tf.reduce_mean
) -> tf.Tensor:
    """Reduces size x size pixels to one, [B, h / size, w / size, ...]."""
    height, width, *channels = images.shape[1:]
    rows = tf.reshape(images, [-1, height // size, size, width, *channels])
    rows = reduce(rows, axis=2)  # In this order most values lie side by side.
    columns = [-1, height // size, width // size, size, *channels]
    return reduce(tf.reshape(rows, columns), axis=3)


def spread(grid: tf.Tensor, size: int) -> tf.Tensor:
    """Gives each of size x size pixels their cell's value, [B, h, w, ...]."""
    height, width, *channels = grid.shape[1:]
    grid = tf.reshape(grid, [-1, height, 1, width, 1, *channels])
    pixels = tf.tile(grid, [1, 1, size, 1, size] + [1] * len(channels))
    return tf.reshape(pixels, [-1, height * size, width * size, *channels])


def weighted_mean(images: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Mean of each picture, [B, 1, 1] or [B, 1, 1, C]; 0 where all weights are."""
    total = tf.reduce_sum(images * weights, axis=[1, 2], keepdims=True)
    of = tf.reduce_sum(weights, axis=[1, 2], keepdims=True)
    return tf.math.divide_no_nan(total, of)


def reached_from_border(is_open: tf.Tensor) -> tf.Tensor:
    """Marks the pixels reached from outside over open ones, bool [B, h, w]."""
    free = tf.cast(is_open, tf.float32)
    straight = [
        tf.math.cumprod(free, axis, reverse=reverse)
        for axis in _AXES
        for reverse in (False, True)
    ]
    reached = tf.reduce_max(tf.stack(straight), axis=0)

    def grow(_: tf.Tensor, now: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        grown = window_maximum(now, 3) * free
        return tf.reduce_any(grown > now), grown

    _, reached = tf.while_loop(lambda grows, _: grows, grow, (True, reached))
    return reached > 0.0
