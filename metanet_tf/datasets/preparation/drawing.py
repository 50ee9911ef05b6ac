"""Finds a drawing and gives it one place, one size and one stroke width."""

import math

import tensorflow as tf

from metanet_tf.datasets.preparation import framing, strokes
from metanet_tf.datasets.preparation.morphology import neighbour_maximum
from metanet_tf.datasets.preparation.paper import (
    darkness,
    from_grid,
    ink_strength,
    on_grid,
    weighted_mean,
)
from metanet_tf.datasets.preparation.parts import stroke_width, without_specks
from metanet_tf.datasets.preparation.plain import on_paper
from metanet_tf.datasets.preparation.sheet import find_sheet

_LEAST_SIDE, _MOST_SIDE = 96, 256  # Of pictures that are worked on, pixels.
_SAMPLING = 3  # Every so many rows and columns are looked at for the usual.
_LEAST_PHOTO = 64  # Larger side of pictures in which a sheet is sought, pixels.
_WIDEST_SHARE, _WIDEST_PIXELS = 1 / 3, 8.0  # Of the larger side; the larger counts.
_MOST_NOISE = 0.1  # What most of the picture has may be subtracted up to this.
_FAINT = (0.12, 0.25)  # The weakest ink, depending on the noise: it is stronger
_DEVIATIONS = 6.0  # than so many standard deviations of that.
_THRESHOLD = 0.5  # Of the strongest ink: weaker is no ink.
_CANVAS = 64  # Height and width where strokes are thinned.
_CANVAS_SHARE = 0.9  # Of the drawing's larger side in that.
_SHARE = 20 / 28  # Of the lines' larger side in the image.
_WIDEST = 17  # Strokes on the canvas are narrower; what is wider is filled.
_PEN = 0.026  # Standard deviation of the pen's mark, as a part of the image's side.
_RIM, _CONTRAST = 0.2, 1.6  # A mark's faint rim is cut off, and its core saturates.


def prepare_drawings(
    pictures: tf.Tensor, image_size: int, ink: str | tf.Tensor = "detect"
) -> tf.Tensor:
    """Makes one image of a drawing, however it was drawn and photographed.

    Args:
        pictures: uint8 [B, h, w, 4]: red, green, blue, opacity; any height, width.
        image_size: H and W of the result, pixels.
        ink: "dark", "light" or "detect".

    Returns:
        float32 [B, image_size, image_size, 1] in [0, 1]; ink = 1, paper = 0. All 0
        where no ink is found.
    """
    colours = on_paper(_reduced(pictures), ink) / 255.0
    grid = on_grid(colours)
    sheet = tf.cond(
        _may_be_photos(pictures),
        lambda: find_sheet(grid),
        lambda: tf.ones_like(grid[..., :1]),
    )
    # What lies around a sheet gets the colour that the sheet mostly has.
    usual = weighted_mean(grid, sheet)
    is_sheet = from_grid(sheet, colours)[..., 0] > 0.5
    colours = tf.where(is_sheet[..., tf.newaxis], colours, usual)
    grid = tf.where(sheet > 0.5, grid, usual)
    strength = ink_strength(darkness(colours, grid, ink), _widest_stroke(pictures))
    canvas = _canvas(strength, is_sheet)
    return _drawn(canvas, image_size)[..., tf.newaxis]


def _may_be_photos(pictures: tf.Tensor) -> tf.Tensor:
    """Whether there are enough pixels for a sheet of paper and its surroundings."""
    return tf.reduce_max(tf.shape(pictures)[1:3]) >= _LEAST_PHOTO


def _widest_stroke(pictures: tf.Tensor) -> tf.Tensor:
    """Width that no stroke has, as a part of the pictures' larger side."""
    larger = tf.cast(tf.reduce_max(tf.shape(pictures)[1:3]), tf.float32)
    return tf.minimum(1.0, tf.maximum(_WIDEST_SHARE, _WIDEST_PIXELS / larger))


def _reduced(pictures: tf.Tensor) -> tf.Tensor:
    """Resizes pictures to a larger side that is neither tiny nor huge.

    Returns:
        float32 [B, h', w', 4] in [0, 255], no larger than 256 x 256.
    """
    size = tf.cast(tf.shape(pictures)[1:3], tf.float32)
    larger = tf.reduce_max(size)
    side = tf.clip_by_value(larger, _LEAST_SIDE, _MOST_SIDE)
    target = tf.maximum(1, tf.cast(tf.round(size * side / larger), tf.int32))
    return tf.cond(
        larger < _LEAST_SIDE,
        lambda: tf.clip_by_value(
            tf.image.resize(pictures, target, method="bicubic"), 0.0, 255.0
        ),
        # It takes bytes as they are: a large picture is never there in floats.
        lambda: tf.image.resize(pictures, target, method="area"),
    )


def _canvas(strength: tf.Tensor, is_sheet: tf.Tensor) -> tf.Tensor:
    """Puts the drawing on a canvas which it fills, bool [B, _CANVAS, _CANVAS]."""
    strength, least = _without_noise(strength)
    strength *= tf.cast(is_sheet, tf.float32)
    strongest = tf.reduce_max(strength, axis=[1, 2], keepdims=True)
    threshold = tf.maximum(least, _THRESHOLD * strongest)
    is_ink = without_specks(strength > threshold, strength, is_sheet)
    around = neighbour_maximum(tf.cast(is_ink, tf.float32))
    soft = tf.minimum(0.5 * strength / threshold, 1.0) * around
    box = framing.box_of(is_ink)
    step = box.side[:, tf.newaxis] / (_CANVAS_SHARE * _CANVAS)
    # A thin stroke covers only a part of a pixel.
    covered = tf.math.divide_no_nan(stroke_width(is_ink), 2.0 * step)
    soft = framing.resample(soft, box, _CANVAS, _CANVAS_SHARE)
    return soft > 0.5 * tf.minimum(1.0, covered)


def _without_noise(strength: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Subtracts what most of the picture, the paper, has.

    Returns:
        The strength, and the least that is no noise, float32 [B, 1, 1].
    """
    sampled = strength[:, ::_SAMPLING, ::_SAMPLING]
    flat = tf.sort(tf.reshape(sampled, [tf.shape(strength)[0], -1]))
    size = tf.shape(flat)[1]
    usual = tf.minimum(flat[:, size // 2, tf.newaxis, tf.newaxis], _MOST_NOISE)
    deviation = tf.nn.relu(usual - flat[:, size // 6, tf.newaxis, tf.newaxis])
    least = tf.clip_by_value(_DEVIATIONS * deviation, *_FAINT)
    return tf.nn.relu(strength - usual), least


def _drawn(is_ink: tf.Tensor, image_size: int) -> tf.Tensor:
    """Draws the strokes anew, all of one width, float32 [B, H, W] in [0, 1]."""
    filled = strokes.filled(is_ink, _WIDEST)
    lines = strokes.thin(is_ink, _WIDEST // 2)
    box = framing.box_of(lines | filled)
    mark = box.side[:, tf.newaxis] * (_PEN / _SHARE)
    weights = strokes.line_weights(lines, (2 * math.pi) ** 0.5 * mark)
    weights = tf.maximum(weights, tf.cast(filled, tf.float32))
    density = framing.draw(weights, box, mark, image_size, _SHARE)
    return tf.clip_by_value(_CONTRAST * (density - _RIM), 0.0, 1.0)
