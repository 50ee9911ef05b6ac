"""Takes the part of a picture with ink, and brings it to one size."""

import math
from typing import NamedTuple

import tensorflow as tf

_MIN_MARK = 1e-6  # Without ink there is no box.
_SPREAD = 2.3  # A box's side, in standard deviations of the ink it is put around.


class Box(NamedTuple):
    """An upright square around the ink of each picture.

    Attributes:
        centre: row and column, float32 [B, 2], pixels.
        sides: height and width, float32 [B, 2], pixels; 0 without ink. They differ
            where pixels are not as high as wide.
    """

    centre: tf.Tensor
    sides: tf.Tensor


def box_of(is_ink: tf.Tensor, pixel: tf.Tensor | float = 1.0) -> Box:
    """The box around bool [B, h, w]; `pixel`, [B, 2], is a pixel's height, width."""
    spans = [_span(tf.reduce_any(is_ink, axis=axis)) for axis in (2, 1)]
    starts, ends = (tf.stack(side, axis=1) for side in zip(*spans, strict=True))
    side = tf.reduce_max(tf.nn.relu(ends - starts) * pixel, axis=1, keepdims=True)
    return Box(0.5 * (starts + ends), side / pixel + 0.0 * starts)


def box_by_spread(is_ink: tf.Tensor, reach: float) -> Box:
    """The box around the middle of bool [B, n, n], as large as the ink is spread out.

    The extent of a drawing depends on where its longest stroke ends; its spread, on all
    strokes.

    Args:
        is_ink: bool [B, n, n].
        reach: no ink lies outside the box made larger by this factor.
    """
    ink = tf.cast(is_ink, tf.float32)
    total = tf.reduce_sum(ink, axis=[1, 2])
    sums = tf.stack([tf.reduce_sum(ink, axis=axis) for axis in (2, 1)], axis=1)
    place = _centres(is_ink.shape[1])
    shares = tf.math.divide_no_nan(sums, total[:, tf.newaxis, tf.newaxis])
    centre = tf.reduce_sum(shares * place, axis=2)
    distance = place - centre[..., tf.newaxis]
    variance = tf.reduce_sum(shares * distance**2, axis=[1, 2])
    farthest = tf.reduce_max(
        tf.where(sums > 0.0, tf.abs(distance) + 0.5, 0.0), axis=[1, 2]
    )
    side = tf.maximum(_SPREAD * tf.sqrt(variance), 2.0 * farthest / reach)
    return Box(centre, tf.tile(side[:, tf.newaxis], [1, 2]))


def _span(is_ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the first and last positions of ink in bool [B, n]."""
    size = is_ink.shape[1]
    position = tf.range(size, dtype=tf.float32)
    first = tf.reduce_min(tf.where(is_ink, position, float(size)), axis=1)
    last = tf.reduce_max(tf.where(is_ink, position, -1.0), axis=1)
    return first, last + 1.0


def positions(box: Box, size: int, share: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the positions of the new image's pixels in the old one.

    Args:
        box: what is to be in the middle.
        size: height and width of the new image.
        share: of the box's side in the new image.

    Returns:
        Rows and columns, float32 [B, 2, size], and the steps from one to the next,
        float32 [B, 2, 1].
    """
    steps = (box.sides / (share * size))[..., tf.newaxis]
    offsets = tf.range(size, dtype=tf.float32) + (0.5 - size / 2)
    return box.centre[..., tf.newaxis] + steps * offsets, steps


def resample(images: tf.Tensor, box: Box, size: int, share: float) -> tf.Tensor:
    """Puts the box into the middle of new images, float32 [B, size, size].

    Outside the old image, float32 [B, n, n], there is paper.
    """
    places, steps = positions(box, size, share)
    distance = tf.abs(places[..., tf.newaxis] - _centres(images.shape[1]))
    weights = tf.nn.relu(1.0 - distance / tf.maximum(steps, 1.0)[..., tf.newaxis])
    total = tf.reduce_sum(weights, axis=-1, keepdims=True)
    weights = tf.math.divide_no_nan(weights, total)
    return weights[:, 0] @ images @ tf.linalg.matrix_transpose(weights[:, 1])


def _centres(size: int) -> tf.Tensor:
    return tf.range(size, dtype=tf.float32) + 0.5


def draw(
    weights: tf.Tensor, box: Box, mark: tf.Tensor, size: int, share: float
) -> tf.Tensor:
    """Draws pixels with a round pen, float32 [B, size, size] >= 0.

    Args:
        weights: float32 [B, n, n], how often the pen is put on every pixel.
        box: what is to be in the middle.
        mark: standard deviation of the pen's mark, float32 [B, 1, 1], pixels of
            `weights`.
        size: height and width of the result.
        share: of the box's side in the result.

    Returns:
        The marks' sum, such that a line of weight 1 has about 1 in its middle.
    """
    places, _ = positions(box, size, share)
    mark = tf.maximum(mark, _MIN_MARK)
    distance = places[..., tf.newaxis] - _centres(weights.shape[1])
    marks = tf.exp(-0.5 * (distance / mark[..., tf.newaxis]) ** 2)
    density = marks[:, 0] @ weights @ tf.linalg.matrix_transpose(marks[:, 1])
    return density / ((2 * math.pi) ** 0.5 * mark)
