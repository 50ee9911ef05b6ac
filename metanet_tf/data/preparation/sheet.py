"""Sheets of paper that lie on something else: what is around them is no ink."""

import numpy as np
import tensorflow as tf

from metanet_tf.data.preparation.morphology import (
    closing,
    opening,
    reached_from_border,
    weighted_mean,
    window_maximum,
    window_minimum,
)

_MIN_CONTRAST = 0.2  # Between a sheet and what it lies on.
_MIN_DIFFERENCE = 0.12  # Between ink and a sheet.
_STROKE = 5  # Grid cells; strokes are narrower.
_DETAIL = 3  # Grid cells; what is narrower is no sheet.
_MARGIN = 1  # Grid cells at the sheet's edge that are not looked at.
_EDGE = 3  # Grid cells within which a sheet ends.
_MIN_STEP = 0.6  # Share of the contrast to the surroundings that ends there.
_MIN_SHARP = 0.7  # Share of the sheet's edge where that is so.
_MIN_AREA, _MAX_AREA = 0.25, 0.95  # Of the picture.
_MIN_SOLID = 0.75  # Share of the sheet that looks like a sheet.
_MIN_BOX_SHARE = 0.6  # Share of the upright rectangle around it.
_BORDER = 1  # Grid cells.
_MAX_BORDER = 0.4  # Share of the picture's border that is sheet.
_TYPICAL = 0.85  # Quantile of the differences that a sheet has.
_MAX_INK = 0.2  # Share of the sheet that is inked.
_MIN_BRIGHTNESS = 0.5  # Of the sheet in its brightest channel: darker is ink.
_PURE = 0.015  # Colours that differ less from black or white are of no photo.


def find_sheet(grid: tf.Tensor) -> tf.Tensor:
    """Finds the sheet of paper in each picture, less a margin.

    Args:
        grid: float32 [B, n, n, 3] in [0, 1], small pictures.

    Returns:
        1 on the sheet and 0 around it, float32 [B, n, n]; 1 everywhere where no sheet
        on something else is seen.
    """
    border = _border_colour(grid)
    difference = tf.reduce_max(tf.abs(grid - border), axis=-1)
    others = tf.cast(difference > _MIN_CONTRAST, tf.float32)
    may_be = (_mean(others) > 1.0 - _TYPICAL) & ~_is_canvas(border)
    return tf.cond(
        tf.reduce_any(may_be),  # Most pictures show nothing but paper.
        lambda: tf.where(may_be, _find_sheet(grid, difference), 1.0),
        lambda: tf.ones_like(difference),
    )


def _find_sheet(grid: tf.Tensor, difference: tf.Tensor) -> tf.Tensor:
    closed = opening(closing(difference, _STROKE), _DETAIL)
    looks_like = closed > _threshold(closed)
    inside = tf.cast(~reached_from_border(~looks_like), tf.float32)
    inner = window_minimum(inside, 2 * _MARGIN + 1)
    is_sheet = (
        _has_shape(tf.cast(looks_like, tf.float32), inside)
        & _has_sharp_edge(closed, inside)
        & _has_ink(difference, inner)
        & ~_has_corner(inside)
        & (weighted_mean(tf.reduce_max(grid, axis=-1), inner) > _MIN_BRIGHTNESS)
    )
    return tf.where(is_sheet, inner, 1.0)


def _border_colour(grid: tf.Tensor) -> tf.Tensor:
    """Median of each channel at the border, [B, 1, 1, 3]."""
    size = grid.shape[1]
    border = np.flatnonzero(_is_border(size))
    border = tf.gather(tf.reshape(grid, [-1, size**2, 3]), border, axis=1)
    return tf.sort(border, axis=1)[:, border.shape[1] // 2, tf.newaxis, tf.newaxis]


def _is_canvas(colour: tf.Tensor) -> tf.Tensor:
    """True if a colour is pure black or white, which no desk is, bool [B, 1, 1]."""
    is_black = tf.reduce_all(colour < _PURE, axis=-1)
    return is_black | tf.reduce_all(colour > 1.0 - _PURE, axis=-1)


def _threshold(difference: tf.Tensor) -> tf.Tensor:
    """Half the difference that most of a sheet has, [B, 1, 1]."""
    size = difference.shape[1] ** 2
    ordered = tf.sort(tf.reshape(difference, [-1, size]))
    typical = ordered[:, int(_TYPICAL * size), tf.newaxis, tf.newaxis]
    return tf.maximum(0.5 * typical, 0.5 * _MIN_CONTRAST)


def _is_border(size: int) -> np.ndarray:
    is_inner = np.zeros([size, size], bool)
    is_inner[_BORDER:-_BORDER, _BORDER:-_BORDER] = True
    return ~is_inner


def _has_shape(sheet: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """True if the inside may be a sheet of paper, bool [B, 1, 1]."""
    area = _mean(inside)
    box = _mean(tf.reduce_max(inside, axis=1, keepdims=True)) * _mean(
        tf.reduce_max(inside, axis=2, keepdims=True)
    )
    is_border = _is_border(inside.shape[1])[np.newaxis].astype(np.float32)
    border = weighted_mean(inside, tf.constant(is_border))
    return (
        (area > _MIN_AREA)
        & (area < _MAX_AREA)
        & (weighted_mean(sheet, inside) > _MIN_SOLID)
        & (area > _MIN_BOX_SHARE * box)
        & (border < _MAX_BORDER)
    )


def _has_sharp_edge(difference: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """True if the colour changes at once where the inside ends, bool [B, 1, 1].

    The light part of an unevenly lit sheet ends slowly.
    """
    step = window_maximum(difference, _EDGE) - window_minimum(difference, _EDGE)
    contrast = weighted_mean(difference, inside) - weighted_mean(
        difference, 1.0 - inside
    )
    is_sharp = tf.cast(step > _MIN_STEP * contrast, tf.float32)
    edge = inside - window_minimum(inside, 3)
    is_seen = contrast > _MIN_CONTRAST
    return is_seen & (weighted_mean(is_sharp, edge) > _MIN_SHARP)


def _has_corner(inside: tf.Tensor) -> tf.Tensor:
    """True if the inside reaches a corner of the picture, bool [B, 1, 1].

    So does either side of a shadow with a straight edge.
    """
    last = inside.shape[1] - 1
    return tf.reduce_max(inside[:, ::last, ::last], axis=[1, 2], keepdims=True) > 0.0


def _has_ink(difference: tf.Tensor, inner: tf.Tensor) -> tf.Tensor:
    """True if narrow details cover a small part of the sheet, bool [B, 1, 1]."""
    dark = closing(difference, _STROKE) - difference
    light = difference - opening(difference, _STROKE)
    return _is_ink(dark * inner, inner) | _is_ink(light * inner, inner)


def _is_ink(details: tf.Tensor, inner: tf.Tensor) -> tf.Tensor:
    strongest = tf.reduce_max(details, axis=[1, 2], keepdims=True)
    share = tf.math.divide_no_nan(weighted_mean(details, inner), strongest)
    return (strongest > _MIN_DIFFERENCE) & (share < _MAX_INK)


def _mean(grid: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(grid, axis=[1, 2], keepdims=True)
