"""Operations on the neighbourhoods of pixels, made of shifts.

A shift and a maximum take a fraction of the time of `tf.nn.max_pool` on a CPU, and
the windows may depend on the pictures' size.
"""

import tensorflow as tf

ROWS, COLUMNS = 1, 2
_MOST_DOUBLINGS = 9  # Windows whose size the graph finds have up to 2**9 pixels.


def neighbour_maximum(images: tf.Tensor) -> tf.Tensor:
    """Largest value of the 3 x 3 pixels around each, [B, h, w], values >= 0."""
    for axis in (ROWS, COLUMNS):
        padded = _pad(images, axis, 1, 1, images.dtype.as_numpy_dtype(0))
        images = tf.maximum(
            tf.maximum(_cut(padded, axis, 0, 2), _cut(padded, axis, 1, 1)),
            _cut(padded, axis, 2, 0),
        )
    return images


def blur(images: tf.Tensor) -> tf.Tensor:
    """Binomial mean of 3 x 3 pixels, of float [B, h, w, ...]; edges are repeated."""
    for axis in (ROWS, COLUMNS):
        before = tf.concat([_first(images, axis), _cut(images, axis, 0, 1)], axis)
        after = tf.concat([_cut(images, axis, 1, 0), _last(images, axis)], axis)
        images = 0.5 * images + 0.25 * (before + after)
    return images


def window_maximum(images: tf.Tensor, size: int | tf.Tensor) -> tf.Tensor:
    """Largest value of the size x size pixels around each, float [B, h, w, ...].

    What lies outside the picture does not count.
    """
    doublings = (size - 1).bit_length() if isinstance(size, int) else _MOST_DOUBLINGS
    margin = (size - 1) // 2
    for axis in (ROWS, COLUMNS):
        images = _pad(images, axis, margin, size - 1 - margin, images.dtype.min)
        covered = tf.constant(1)
        for _ in range(doublings):
            step = tf.minimum(covered, size - covered)
            images = tf.maximum(
                _cut(images, axis, 0, step), _cut(images, axis, step, 0)
            )
            covered += step
    return images


def window_minimum(images: tf.Tensor, size: int | tf.Tensor) -> tf.Tensor:
    """Smallest value of the size x size pixels around each, float [B, h, w, ...]."""
    return -window_maximum(-images, size)


def closing(images: tf.Tensor, size: int | tf.Tensor) -> tf.Tensor:
    """Fills what is dark and in no dark square of size x size pixels."""
    return window_minimum(window_maximum(images, size), size)


def opening(images: tf.Tensor, size: int | tf.Tensor) -> tf.Tensor:
    """Removes what is light and in no light square of size x size pixels."""
    return window_maximum(window_minimum(images, size), size)


def reached_from_border(is_open: tf.Tensor) -> tf.Tensor:
    """Which pixels are reached from outside over open ones, bool [B, h, w]."""
    open_ = tf.cast(is_open, tf.float32)
    straight = [
        tf.math.cumprod(open_, axis, reverse=reverse)
        for axis in (ROWS, COLUMNS)
        for reverse in (False, True)
    ]
    reached = tf.reduce_max(tf.stack(straight), axis=0)
    _, reached = tf.while_loop(
        lambda grows, _: grows, lambda _, now: _grow(now, open_), [True, reached]
    )
    return reached > 0.0


def _grow(reached: tf.Tensor, is_open: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    grown = neighbour_maximum(reached) * is_open
    return tf.reduce_any(grown > reached), grown


def _pad(
    images: tf.Tensor, axis: int, before: int, after: int | tf.Tensor, value: float
) -> tf.Tensor:
    padding = tf.scatter_nd([[axis]], [[before, after]], [images.shape.rank, 2])
    return tf.pad(images, padding, constant_values=value)


def _cut(
    images: tf.Tensor, axis: int, before: int | tf.Tensor, after: int | tf.Tensor
) -> tf.Tensor:
    """Cuts off `before` rows or columns, and `after` at the other end."""
    end = tf.shape(images)[axis] - after
    return images[:, before:end] if axis == ROWS else images[:, :, before:end]


def _first(images: tf.Tensor, axis: int) -> tf.Tensor:
    return images[:, :1] if axis == ROWS else images[:, :, :1]


def _last(images: tf.Tensor, axis: int) -> tf.Tensor:
    return images[:, -1:] if axis == ROWS else images[:, :, -1:]
