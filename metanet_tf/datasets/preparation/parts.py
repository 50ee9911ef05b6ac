"""The connected parts of a drawing."""

from collections.abc import Callable

import tensorflow as tf

from metanet_tf.datasets.preparation.morphology import neighbour_maximum

_CELL = 2  # Pixels; parts that are so close count as one.
_LEAST_AREA = 0.5  # Of the square of the strokes' width: less is a speck.
_LEAST_STRENGTH = 0.5  # Of the largest part's: fainter is no ink.
_LEAST_AT_EDGE = 0.75  # The same at the sheet's edge.


def without_specks(
    is_ink: tf.Tensor, strength: tf.Tensor, is_sheet: tf.Tensor
) -> tf.Tensor:
    """Drops parts that are smaller than a dot of the pen, or far fainter.

    At the sheet's edge a part must be stronger, since shadows end there.

    Args:
        is_ink: bool [B, h, w].
        strength: float32 [B, h, w] >= 0.
        is_sheet: bool [B, h, w]; other pixels are not looked at.

    Returns:
        bool [B, h, w].
    """
    ink = _pooled(tf.cast(is_ink, tf.float32), tf.reduce_sum)
    peaks = _pooled(tf.where(is_ink, strength, 0.0), tf.reduce_max)
    edges = _pooled(_is_edge(is_sheet), tf.reduce_max)
    kept = _kept(ink, peaks, edges, _LEAST_AREA * stroke_width(is_ink) ** 2)
    return is_ink & _spread(kept, is_ink)


def _kept(
    areas: tf.Tensor, peaks: tf.Tensor, edges: tf.Tensor, least: tf.Tensor
) -> tf.Tensor:
    """Which cells belong to parts that are kept, bool [B, h, w]."""
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
    share = tf.where(edges > 0.0, _LEAST_AT_EDGE, _LEAST_STRENGTH)
    return (areas >= least) & (peaks >= share * usual)


def _pooled(images: tf.Tensor, reduce: Callable[..., tf.Tensor]) -> tf.Tensor:
    """Makes one cell of _CELL x _CELL pixels: few cells are joined faster."""
    batch, height, width = tf.unstack(tf.shape(images))
    down, right = -height % _CELL, -width % _CELL
    padded = tf.pad(images, [[0, 0], [0, down], [0, right]])
    rows, columns = (height + down) // _CELL, (width + right) // _CELL
    return reduce(tf.reshape(padded, [batch, rows, _CELL, columns, _CELL]), axis=[2, 4])


def _spread(cells: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Gives every pixel the value of its cell."""
    pixels = tf.repeat(tf.repeat(cells, _CELL, axis=1), _CELL, axis=2)
    return pixels[:, : tf.shape(like)[1], : tf.shape(like)[2]]


def _is_edge(is_sheet: tf.Tensor) -> tf.Tensor:
    """Pixels at the edge of the sheet or of the picture, float32 [B, h, w]."""
    others = tf.pad(
        tf.cast(~is_sheet, tf.float32),
        [[0, 0], [1, 1], [1, 1]],
        constant_values=1.0,
    )
    return neighbour_maximum(others)[:, 1:-1, 1:-1]


def stroke_width(is_ink: tf.Tensor) -> tf.Tensor:
    """Mean width of strokes in pixels, float32 [B, 1, 1]: twice area over outline."""
    paper = tf.cast(~is_ink, tf.float32)
    outline = tf.cast(is_ink, tf.float32) * neighbour_maximum(paper)
    return 2.0 * tf.math.divide_no_nan(_sum(tf.cast(is_ink, tf.float32)), _sum(outline))


def _sum(images: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(images, axis=[1, 2], keepdims=True)


def label_parts(is_ink: tf.Tensor) -> tf.Tensor:
    """Gives every pixel the number of its part, int32 [B, h, w]; paper is 0.

    Each pixel points at one of a larger number in its part, at first a neighbour. A
    part's pixels tell what they see to the one they all point at, and then point at
    what that points at: the ways become half as long each time.
    """
    ink = tf.cast(is_ink, tf.int32)
    labels = tf.reshape(tf.range(1, tf.size(ink) + 1), tf.shape(ink)) * ink
    _, labels = tf.while_loop(
        lambda changed, _: changed, lambda _, now: _joined(now, ink), [True, labels]
    )
    return labels


def _joined(labels: tf.Tensor, ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    seen = neighbour_maximum(labels) * ink
    told = tf.math.unsorted_segment_max(seen, labels, tf.size(labels) + 1)
    joined = tf.maximum(seen, tf.gather(told, labels) * ink)
    pointers = tf.concat([[0], tf.reshape(joined, [-1])], axis=0)
    joined = tf.gather(pointers, joined)
    return tf.reduce_any(joined != labels), joined
