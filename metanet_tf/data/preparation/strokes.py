"""Strokes of one width: thins them to lines and draws these anew."""

import functools
import operator

import tensorflow as tf

from metanet_tf.data.preparation import rows_of_bits
from metanet_tf.data.preparation.morphology import window_maximum, window_minimum

_NEIGHBOURS = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))


def thin(is_ink: tf.Tensor) -> tf.Tensor:
    """Takes away outlines until lines a pixel wide are left: Guo and Hall's thinning.

    Args:
        is_ink: bool [B, h, rows_of_bits.WIDTH].

    Returns:
        bool, of the same shape.
    """

    def turn(_: tf.Tensor, ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        thinned = ink & ~_removable(ink, is_first=True)
        thinned &= ~_removable(thinned, is_first=False)
        return tf.reduce_any(thinned != ink), thinned

    ink = rows_of_bits.pack(is_ink)
    _, lines = tf.while_loop(lambda changed, _: changed, turn, (True, ink))
    return rows_of_bits.unpack(lines)


def _removable(ink: tf.Tensor, is_first: bool) -> tf.Tensor:
    """Marks the pixels to remove, by their neighbours, in rows of bits.

    Those between which ink would fall apart stay, and so do the ends of lines.
    """
    n, ne, e, se, s, sw, w, nw = (
        rows_of_bits.moved(ink, 1 - row, 1 - column) for row, column in _NEIGHBOURS
    )
    before = [n | ne, e | se, s | sw, w | nw]
    after = [ne | e, se | s, sw | w, nw | n]
    parts = [~n & after[0], ~e & after[1], ~s & after[2], ~w & after[3]]
    is_one_part = _any(parts) & ~_at_least_two(parts)
    is_no_end = _at_least_two(before) & _at_least_two(after)
    is_inner = _all(before + after)
    stays = w & (s | sw | ~nw) if is_first else e & (n | ne | ~se)
    return is_one_part & is_no_end & ~(is_inner | stays)


def _any(bits: list[tf.Tensor]) -> tf.Tensor:
    return functools.reduce(operator.or_, bits)


def _all(bits: list[tf.Tensor]) -> tf.Tensor:
    return functools.reduce(operator.and_, bits)


def _at_least_two(bits: list[tf.Tensor]) -> tf.Tensor:
    a, b, c, d = bits
    return (a & b) | (c & d) | ((a | b) & (c | d))


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


def dots(lines: tf.Tensor) -> tf.Tensor:
    """Marks the parts that were thinned to a pixel or two, bool [B, h, w]."""
    count = tf.add_n(_shifted(tf.cast(lines, tf.float32)))
    of_neighbours = tf.add_n(_shifted(tf.where(lines, count, 0.0)))
    return lines & ((count == 0.0) | ((count == 1.0) & (of_neighbours == 1.0)))


def filled(is_ink: tf.Tensor, size: int) -> tf.Tensor:
    """Marks the parts that are wider than strokes, bool [B, h, w]."""
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
