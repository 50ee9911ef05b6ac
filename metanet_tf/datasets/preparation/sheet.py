"""Sheets of paper that lie on something else: what is around them is no ink."""

import tensorflow as tf

from metanet_tf.datasets.preparation.morphology import (
    closing,
    opening,
    reached_from_border,
    window_maximum,
    window_minimum,
)
from metanet_tf.datasets.preparation.paper import GRID, from_grid, on_grid

_LEAST_DIFFERENCE = 0.12  # Between a sheet and what it lies on.
_STROKE = 9  # Grid cells; strokes are narrower.
_DETAIL = 5  # Grid cells; what is narrower is no sheet.
_MARGIN = 2  # Grid cells at the sheet's edge that are not looked at.
_EDGE = 5  # Grid cells within which a sheet ends.
_LEAST_STEP = 0.6  # Share of the contrast to the surroundings that ends there.
_LEAST_SHARP = 0.7  # Share of the sheet's edge where that is so.
_LEAST_AREA, _MOST_AREA = 0.25, 0.95  # Of the picture.
_LEAST_SOLID = 0.75  # Share of the sheet that looks like a sheet.
_LEAST_OF_BOX = 0.6  # Share of the upright rectangle around it.
_LEAST_BORDER = 0.6  # Share of the picture's border that is no sheet.
_LEAST_INK, _MOST_INK = 0.002, 0.4  # Share of the sheet that is inked.


def find_sheet(
    colours: tf.Tensor, may_be_photos: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Paints what lies around a sheet in the colour of the sheet.

    Args:
        colours: float32 [B, h, w, 3] in [0, 1].
        may_be_photos: bool, scalar; otherwise there is no sheet.

    Returns:
        The same with other surroundings; and which pixels belong to the sheet, bool
        [B, h, w], all of them where no sheet on something else is seen.
    """
    grid = on_grid(colours)
    difference = _difference_from_border(grid)
    looks_like = difference > _threshold(difference)
    inside = tf.cast(~reached_from_border(~looks_like), tf.float32)
    sheet = tf.cast(looks_like, tf.float32)
    inner = window_minimum(inside, 2 * _MARGIN + 1)
    is_sheet = (
        may_be_photos
        & _is_sheet(grid, sheet, inside, inner)
        & _has_sharp_edge(difference, inside)
    )
    inner = tf.where(is_sheet[:, tf.newaxis, tf.newaxis], inner, 1.0)[..., tf.newaxis]
    mean = tf.math.divide_no_nan(
        tf.reduce_sum(closing(grid, _STROKE) * inner, axis=[1, 2], keepdims=True),
        tf.reduce_sum(inner, axis=[1, 2], keepdims=True),
    )
    is_inner = from_grid(inner, colours) > 0.5
    return tf.where(is_inner, colours, mean), is_inner[..., 0]


def _difference_from_border(grid: tf.Tensor) -> tf.Tensor:
    """Difference of colour to the border, strokes left out, [B, GRID, GRID]."""
    border = tf.boolean_mask(grid, _is_border(), axis=1)
    middle = tf.shape(border)[1] // 2
    usual = tf.sort(border, axis=1)[:, middle, tf.newaxis, tf.newaxis, :]
    difference = tf.reduce_max(tf.abs(grid - usual), axis=-1)
    return opening(closing(difference, _STROKE), _DETAIL)


def _threshold(difference: tf.Tensor) -> tf.Tensor:
    """Half the difference that most of a sheet has, [B, 1, 1]."""
    ordered = tf.sort(tf.reshape(difference, [-1, GRID * GRID]))
    typical = ordered[:, GRID * GRID * 85 // 100, tf.newaxis, tf.newaxis]
    return tf.maximum(0.5 * typical, _LEAST_DIFFERENCE)


def _is_border() -> tf.Tensor:
    position = tf.range(GRID)
    is_edge = tf.minimum(position, GRID - 1 - position) < 2
    return is_edge[:, tf.newaxis] | is_edge


def _is_sheet(
    grid: tf.Tensor, sheet: tf.Tensor, inside: tf.Tensor, inner: tf.Tensor
) -> tf.Tensor:
    """Whether the inside is a sheet with ink on it, bool [B]."""
    area = tf.reduce_mean(inside, axis=[1, 2])
    solid = tf.math.divide_no_nan(tf.reduce_mean(sheet * inside, axis=[1, 2]), area)
    box = tf.reduce_mean(tf.reduce_max(inside, axis=1), axis=1) * tf.reduce_mean(
        tf.reduce_max(inside, axis=2), axis=1
    )
    border = tf.reduce_mean(tf.boolean_mask(1.0 - inside, _is_border(), axis=1), axis=1)
    is_inked = [
        _is_inked(details, inner)
        for details in (closing(grid, _STROKE) - grid, grid - opening(grid, _STROKE))
    ]
    return (
        (area > _LEAST_AREA)
        & (area < _MOST_AREA)
        & (solid > _LEAST_SOLID)
        & (area > _LEAST_OF_BOX * box)
        & (border > _LEAST_BORDER)
        & (is_inked[0] | is_inked[1])
    )


def _is_inked(details: tf.Tensor, inner: tf.Tensor) -> tf.Tensor:
    """Whether narrow details cover some of the sheet, not most, bool [B]."""
    strong = tf.reduce_max(details, axis=-1) > _LEAST_DIFFERENCE
    share = _mean(tf.cast(strong, tf.float32), inner)
    return (share > _LEAST_INK) & (share < _MOST_INK)


def _has_sharp_edge(difference: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """Whether the colour changes at once where the inside ends, bool [B].

    The light part of an unevenly lit sheet ends slowly.
    """
    steps = window_maximum(difference, _EDGE) - window_minimum(difference, _EDGE)
    edge = inside - window_minimum(inside, 3)
    outside = 1.0 - inside
    contrast = _mean(difference, inside) - _mean(difference, outside)
    is_step = steps > _LEAST_STEP * contrast[:, tf.newaxis, tf.newaxis]
    return _mean(tf.cast(is_step, tf.float32), edge) > _LEAST_SHARP


def _mean(grid: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Weighted mean of each picture, [B]."""
    return tf.math.divide_no_nan(
        tf.reduce_sum(grid * weights, axis=[1, 2]), tf.reduce_sum(weights, axis=[1, 2])
    )
