"""Functions of one number that are linear in pieces, as rectifiers make them."""

from collections.abc import Callable

import tensorflow as tf

_NUM_CELLS = 1 << 14
_KNOTS_PER_CELL = 2


def add_zero_crossings(knots: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Adds the places where functions that are linear between knots change sign.

    Args:
        knots: float32 [K], ascending.
        values: of the functions at the knots, float32 [K, functions].

    Returns:
        float32 [K + (K - 1) * functions], ascending. Where a function does not
        change sign between two knots, the last knot is repeated instead.
    """
    left, right = knots[:-1, tf.newaxis], knots[1:, tf.newaxis]
    before, after = values[:-1], values[1:]
    share = tf.math.divide_no_nan(before, before - after)
    crossings = tf.where(before * after < 0, left + share * (right - left), knots[-1])
    return tf.sort(tf.concat([knots, tf.reshape(crossings, [-1])], axis=0))


class PiecewiseLinear:
    """A function that is linear between knots, from two values in each piece.

    Values inside a piece rather than at its ends, since at a kink a rectifier's
    gradient is that of one side only.

    Args:
        knots: float32 [K], ascending; may repeat. No gradient flows to them.
        function: turns float32 [any] positions into [any] values.

    Call arguments:
        positions: float32 [count] in [first knot, last knot).

    Returns:
        float32 [count].
    """

    def __init__(
        self, knots: tf.Tensor, function: Callable[[tf.Tensor], tf.Tensor]
    ) -> None:
        knots = tf.stop_gradient(knots)
        quarter = (knots[1:] - knots[:-1]) / 4.0
        starts, ends = knots[:-1] + quarter, knots[1:] - quarter
        at_starts, at_ends = tf.split(function(tf.concat([starts, ends], axis=0)), 2)
        self._knots = knots
        self._starts, self._values = starts, at_starts
        self._slopes = tf.math.divide_no_nan(at_ends - at_starts, 2.0 * quarter)
        self._last_position = knots[-1] - 1e-6 * (knots[-1] - knots[0])
        self._cells_per_unit = _NUM_CELLS / (knots[-1] - knots[0])
        self._pieces_by_cell = self._count_knots()

    def __call__(self, positions: tf.Tensor) -> tf.Tensor:
        piece = self._piece(tf.stop_gradient(positions))
        offsets = positions - tf.gather(self._starts, piece)
        slopes = tf.gather(self._slopes, piece)
        return tf.gather(self._values, piece) + slopes * offsets

    def _piece(self, positions: tf.Tensor) -> tf.Tensor:
        """Index of the piece that each position lies in, int32 [count].

        The cell of a grid tells where to begin, which takes less than half the time of
        `tf.searchsorted`. Where more than two knots share a cell, 1/16,384 of the
        axis, a piece in that cell may pass for its neighbour.
        """
        # Infinite positions, of a training that diverges, count as the last.
        positions = tf.clip_by_value(positions, self._knots[0], self._last_position)
        piece = tf.gather(self._pieces_by_cell, self._cells(positions))
        for _ in range(_KNOTS_PER_CELL):
            is_behind = positions >= tf.gather(self._knots, piece + 1)
            piece += tf.cast(is_behind, tf.int32)
        return piece

    def _cells(self, positions: tf.Tensor) -> tf.Tensor:
        cells = (positions - self._knots[0]) * self._cells_per_unit
        return tf.clip_by_value(tf.cast(cells, tf.int32), 0, _NUM_CELLS - 1)

    def _count_knots(self) -> tf.Tensor:
        """Last piece that begins in a cell before each one, int32 [cells]."""
        cells = self._cells(self._knots)
        knots = tf.math.unsorted_segment_sum(tf.ones_like(cells), cells, _NUM_CELLS)
        return tf.maximum(tf.cumsum(knots, exclusive=True) - 1, 0)
