"""The connected parts of a drawing."""

import tensorflow as tf

from metanet_tf.data.preparation.morphology import (
    cells,
    is_near,
    spread,
    window_maximum,
)

CELL = 4  # Pixels; parts that are so close count as one.
_MIN_AREA = 0.3  # Of the square of the strokes' width: less is a speck.
_MIN_STRENGTH = 0.5  # Of the largest part's: fainter is no ink.
_MIN_STRENGTH_AT_EDGE = 0.75  # The same at the sheet's edge.


def without_specks(
    is_ink: tf.Tensor, strength: tf.Tensor, sheet: tf.Tensor, width: tf.Tensor
) -> tf.Tensor:
    """Drops parts that are smaller than a dot of the pen, or far fainter.

    At the sheet's edge a part must be stronger, since shadows end there.

    Args:
        is_ink: bool [B, h, w].
        strength: float32 [B, h, w] >= 0.
        sheet: float32 [B, h / CELL, w / CELL], 0 around the sheet of paper.
        width: of the strokes, float32 [B, 1, 1], pixels.

    Returns:
        bool [B, h, w].
    """
    ink = tf.cast(is_ink, tf.float32)
    areas = cells(ink, CELL, tf.reduce_sum)
    peaks = cells(ink * strength, CELL, tf.reduce_max)
    kept = _kept(areas, peaks, _edge(sheet), _MIN_AREA * width**2)
    return is_ink & spread(kept, CELL)


def _kept(
    areas: tf.Tensor, peaks: tf.Tensor, edges: tf.Tensor, least: tf.Tensor
) -> tf.Tensor:
    """Marks the cells of parts that are kept, bool [B, h, w]."""
    labels = label_parts(areas > 0.0)
    size = tf.size(labels) + 1
    areas = tf.gather(tf.math.unsorted_segment_sum(areas, labels, size), labels)
    peaks, edges = (
        tf.gather(tf.math.unsorted_segment_max(values, labels, size), labels)
        for values in (peaks, edges)
    )
    areas = tf.where(labels > 0, areas, 0.0)
    is_largest = areas == tf.reduce_max(areas, axis=[1, 2], keepdims=True)
    usual = tf.where(is_largest, peaks, 0.0)
    usual = tf.reduce_max(usual, axis=[1, 2], keepdims=True)
    share = tf.where(edges > 0.0, _MIN_STRENGTH_AT_EDGE, _MIN_STRENGTH)
    return (areas >= least) & (peaks >= share * usual)


def _edge(sheet: tf.Tensor) -> tf.Tensor:
    """1 at the edge of the sheet or of the picture, else 0, float32 [B, h, w]."""
    around = [[0, 0], [1, 1], [1, 1]]
    others = tf.pad(1.0 - sheet, around, constant_values=1.0)
    return window_maximum(others, 3)[:, 1:-1, 1:-1]


def stroke_width(is_ink: tf.Tensor) -> tf.Tensor:
    """Mean width of strokes in pixels, float32 [B, 1, 1]: twice area over outline."""
    outline = is_ink & is_near(~is_ink, 3)
    area, length = (
        tf.reduce_sum(tf.cast(pixels, tf.float32), axis=[1, 2], keepdims=True)
        for pixels in (is_ink, outline)
    )
    return 2.0 * tf.math.divide_no_nan(area, length)


def label_parts(is_ink: tf.Tensor) -> tf.Tensor:
    """Gives every pixel the number of its part, int32 [B, h, w]; paper is 0.

    Each pixel points at one of a larger number in its part, at first a neighbour. A
    part's pixels tell what they see to the one they all point at, and then point at
    what that points at: the ways become half as long each time.
    """
    ink = tf.cast(is_ink, tf.float32)  # Exact up to 2**24, and faster than int32.
    numbers = tf.range(1, tf.size(ink) + 1)
    labels = tf.cast(tf.reshape(numbers, tf.shape(ink)), tf.float32) * ink
    labels = tf.cast(labels, tf.int32)
    _, labels = tf.while_loop(
        lambda changed, _: changed, lambda _, now: _joined(now, ink), (True, labels)
    )
    return labels


def _joined(labels: tf.Tensor, ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    seen = window_maximum(tf.cast(labels, tf.float32), 3) * ink
    seen = tf.cast(seen, tf.int32)
    told = tf.math.unsorted_segment_max(seen, labels, tf.size(labels) + 1)
    told = tf.concat([[0], told[1:]], axis=0)
    joined = tf.gather(told, labels)
    pointers = tf.concat([[0], tf.reshape(joined, [-1])], axis=0)
    joined = tf.gather(pointers, joined)
    return tf.reduce_any(joined != labels), joined
