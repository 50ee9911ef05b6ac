"""Strokes of one width: thins them to lines and draws these anew."""

import numpy as np
import tensorflow as tf

from metanet_tf.datasets.preparation.morphology import window_maximum, window_minimum

_NEIGHBOURS = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))


def _removable() -> np.ndarray:
    """Which pixels Guo and Hall's thinning removes, bool [2, 256].

    By the turn, and by the neighbours that are ink: bit k for the k-th, clockwise
    from the top.
    """
    n = (np.arange(256)[:, np.newaxis] >> np.arange(8)) & 1 > 0
    north, north_east, east, south_east, south, south_west, west, north_west = n.T
    pairs = [
        (north, north_east, east),
        (east, south_east, south),
        (south, south_west, west),
        (west, north_west, north),
    ]
    crossings = sum((~a & (b | c)).astype(int) for a, b, c in pairs)
    fewest = np.minimum(
        sum((a | b).astype(int) for a, b, _ in pairs),
        sum((b | c).astype(int) for _, b, c in pairs),
    )
    turns = [
        (south | south_west | ~north_west) & west,
        (north | north_east | ~south_east) & east,
    ]
    may_go = (crossings == 1) & (fewest >= 2) & (fewest <= 3)
    return np.stack([may_go & ~turn for turn in turns])


_REMOVABLE = _removable()
_BITS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def thin(is_ink: tf.Tensor) -> tf.Tensor:
    """Takes away outlines until lines a pixel wide are left, bool [B, h, w]."""

    def turn(_: tf.Tensor, ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        thinned = ink
        for removable in _REMOVABLE:
            thinned &= ~tf.gather(tf.constant(removable), _neighbours(thinned))
        return tf.reduce_any(thinned != ink), thinned

    _, lines = tf.while_loop(lambda changed, _: changed, turn, (True, is_ink))
    return lines


def _neighbours(is_ink: tf.Tensor) -> tf.Tensor:
    """Which neighbours are ink, one bit for each, int32 [B, h, w]."""
    ink = tf.cast(is_ink, tf.float32)[..., tf.newaxis]
    bits = tf.nn.conv2d(ink, _BITS[..., np.newaxis, np.newaxis], 1, "SAME")
    return tf.cast(bits[..., 0], tf.int32)


def line_weights(lines: tf.Tensor, dot: tf.Tensor) -> tf.Tensor:
    """Length of line that each pixel stands for, float32 [B, h, w].

    Args:
        lines: bool [B, h, w], a pixel wide.
        dot: weight of a pixel that stands alone, float32 [B, 1, 1]; an end of a line
            has half of it too.
    """
    around = _shifted(tf.cast(lines, tf.float32))
    straight = around[0::2]
    # A diagonal step counts unless two straight ones lead there as well.
    diagonal = [
        step * (1.0 - tf.maximum(straight[i], straight[(i + 1) % 4]))
        for i, step in enumerate(around[1::2])
    ]
    length = 0.5 * (tf.add_n(straight) + 2**0.5 * tf.add_n(diagonal))
    ends = tf.nn.relu(1.0 - 0.5 * tf.add_n(straight + diagonal))
    return tf.cast(lines, tf.float32) * (length + ends * dot)


def filled(is_ink: tf.Tensor, size: int) -> tf.Tensor:
    """Those parts that are wider than strokes, bool [B, h, w]."""
    wide = window_minimum(tf.cast(is_ink, tf.float32), size)
    return tf.cond(
        tf.reduce_any(wide > 0.0),
        lambda: is_ink & (window_maximum(wide, 2 * size - 1) > 0.0),
        lambda: tf.zeros_like(is_ink),
    )


def _shifted(images: tf.Tensor) -> list[tf.Tensor]:
    """The neighbours of every pixel, clockwise from the top."""
    height, width = images.shape[1:]
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1]])
    return [
        padded[:, row : row + height, column : column + width]
        for row, column in _NEIGHBOURS
    ]
