"""Takes the part of a picture with ink, and brings it to one size."""

import math
from typing import NamedTuple

import tensorflow as tf

_LEAST_MARK = 1e-6  # Without ink there is no box.


class Box(NamedTuple):
    """The upright square around the ink of each picture.

    Attributes:
        centre: row and column, float32 [B, 2], pixels.
        side: float32 [B, 1], pixels; 0 without ink.
    """

    centre: tf.Tensor
    side: tf.Tensor


def box_of(is_ink: tf.Tensor) -> Box:
    """The box around bool [B, h, w]."""
    spans = [_span(tf.reduce_any(is_ink, axis=axis)) for axis in (2, 1)]
    starts, ends = (tf.stack(side, axis=1) for side in zip(*spans, strict=True))
    side = tf.nn.relu(tf.reduce_max(ends - starts, axis=1, keepdims=True))
    return Box(0.5 * (starts + ends), side)


def _span(is_ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Where ink starts and ends in bool [B, n]."""
    position = tf.range(tf.shape(is_ink)[1])
    first = tf.reduce_min(tf.where(is_ink, position, position[-1] + 1), axis=1)
    last = tf.reduce_max(tf.where(is_ink, position, -1), axis=1)
    return tf.cast(first, tf.float32), tf.cast(last + 1, tf.float32)


def positions(box: Box, size: int, share: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Where the pixels of the new image lie in the old one.

    Args:
        box: what is to be in the middle.
        size: height and width of the new image.
        share: of the box's side in the new image.

    Returns:
        Rows and columns, float32 [B, 2, size], and the step from one to the next,
        float32 [B, 1, 1].
    """
    step = (box.side / (share * size))[:, tf.newaxis]
    offsets = tf.range(size, dtype=tf.float32) + (0.5 - size / 2)
    return box.centre[..., tf.newaxis] + step * offsets, step


def resample(images: tf.Tensor, box: Box, size: int, share: float) -> tf.Tensor:
    """Puts the box into the middle of new images, float32 [B, size, size].

    Outside the old image, float32 [B, h, w], there is paper.
    """
    places, step = positions(box, size, share)
    width = tf.maximum(step, 1.0)
    weights = [
        _weights(places[:, axis], width, tf.shape(images)[axis + 1]) for axis in (0, 1)
    ]
    return weights[0] @ images @ tf.transpose(weights[1], [0, 2, 1])


def _weights(places: tf.Tensor, width: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """Shares of the old pixels in each new one, float32 [B, size, length]."""
    old = tf.range(length)
    distance = tf.abs(places[..., tf.newaxis] - (tf.cast(old, tf.float32) + 0.5))
    weights = tf.nn.relu(1.0 - distance / width)
    total = tf.reduce_sum(weights, axis=-1, keepdims=True)
    return tf.math.divide_no_nan(weights, total)


def draw(
    weights: tf.Tensor, box: Box, mark: tf.Tensor, size: int, share: float
) -> tf.Tensor:
    """Draws pixels with a round pen, float32 [B, size, size] >= 0.

    Args:
        weights: float32 [B, h, w], how often the pen is put on every pixel.
        box: what is to be in the middle.
        mark: standard deviation of the pen's mark, float32 [B, 1, 1], pixels of
            `weights`.
        size: height and width of the result.
        share: of the box's side in the result.

    Returns:
        The marks' sum, such that a line of weight 1 has about 1 in its middle.
    """
    places, _ = positions(box, size, share)
    mark = tf.maximum(mark, _LEAST_MARK)
    marks = [
        _marks(places[:, axis], mark, tf.shape(weights)[axis + 1]) for axis in (0, 1)
    ]
    density = marks[0] @ weights @ tf.transpose(marks[1], [0, 2, 1])
    return density / ((2 * math.pi) ** 0.5 * mark)


def _marks(places: tf.Tensor, mark: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    pixels = tf.cast(tf.range(length), tf.float32) + 0.5
    return tf.exp(-0.5 * ((places[..., tf.newaxis] - pixels) / mark) ** 2)
