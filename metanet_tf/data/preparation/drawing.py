"""Finds a drawing and gives it one place, one size and one stroke width.

Pictures of any size first become small ones of one size, which are then prepared
together.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from metanet_tf.data.preparation import framing, strokes
from metanet_tf.data.preparation.morphology import (
    cells,
    is_near,
    spread,
    weighted_mean,
    window_maximum,
    window_minimum,
)
from metanet_tf.data.preparation.paper import (
    CELL,
    darkness,
    has_details,
    ink_strength,
)
from metanet_tf.data.preparation.parts import stroke_width, without_specks
from metanet_tf.data.preparation.plain import on_paper
from metanet_tf.data.preparation.sheet import find_sheet
from metanet_tf.utils.chunks import map_in_chunks

_AT_ONCE = 64  # Pictures; more would need much memory.
_SIDE = 128  # Of the small pictures, pixels.
_TINY = 24.0  # Larger side of pictures whose strokes may be a pixel or two, pixels.
_MIN_PHOTO_SIDE = 64.0  # Larger side of pictures in which a sheet is sought, pixels.
_SAMPLING = 4  # Every so many rows and columns are looked at for the noise.
_MAX_NOISE = 0.1  # What most of the picture has may be subtracted up to this.
_FAINT = (0.12, 0.25)  # The weakest ink, depending on the noise: it is stronger
_DEVIATIONS = 6.0  # than so many standard deviations of that.
_THRESHOLD = 0.45  # Of the strongest ink: weaker is no ink.
_BLANK = 2.0  # Threshold that no ink reaches.
_LOCAL = 31  # Window in which a tiny picture's ink is compared, small pixels,
_LOCAL_MEAN = 47  # and that of its mean.
_LOCAL_THRESHOLD = 0.4  # Of the way from the weakest to the strongest there.
_LOCAL_CONTRAST = 0.2  # Least difference there that tells ink from paper.
_CANVAS = 64  # Height and width where strokes are thinned.
_CANVAS_SHARE = 0.9  # Of the drawing's larger side in that.
_SHARE = 20 / 28  # Of the box around the lines in the image.
_REACH = 26 / 20  # Times that box, there is a border without lines.
_WIDEST = 27  # Strokes on the canvas are narrower; what is wider is filled.
_PEN = 0.021  # Standard deviation of the pen's mark, as a part of the image's side.
_WIDTHS = (2.5, 4.0)  # Of strokes drawn as they are, and along a line; pen's marks.
_RIM, _CONTRAST = 0.2, 1.6  # A mark's faint rim is cut off, and its core saturates.


class SmallPictures(NamedTuple):
    """Pictures of any size, made small.

    Attributes:
        pixels: uint8 [B, _SIDE, _SIDE, 4]: red, green, blue, opacity; stretched if
            the picture was not square.
        sizes: height and width before, float32 [B, 2].
    """

    pixels: tf.Tensor
    sizes: tf.Tensor


SMALL_PICTURE = SmallPictures(
    tf.TensorSpec([_SIDE, _SIDE, 4], tf.uint8), tf.TensorSpec([2], tf.float32)
)


def make_small(pictures: tf.Tensor) -> SmallPictures:
    """Resizes uint8 [B, h, w, 4] of any height and width."""
    batch, height, width = tf.unstack(tf.shape(pictures)[:3])
    pixels = tf.cond(
        tf.maximum(height, width) < _SIDE,
        lambda: tf.image.resize(pictures, [_SIDE, _SIDE], method="bicubic"),
        # It takes bytes as they are: a large picture is never there in floats.
        lambda: tf.image.resize(pictures, [_SIDE, _SIDE], method="area"),
    )
    size = tf.cast(tf.stack([height, width]), tf.float32)
    return SmallPictures(
        tf.saturate_cast(tf.round(pixels), tf.uint8),
        tf.tile(size[tf.newaxis], [batch, 1]),
    )


def make_small_one(picture: tf.Tensor) -> SmallPictures:
    """`make_small` of one picture, without the dimension of the batch."""
    small = make_small(picture[tf.newaxis])
    return SmallPictures(*(part[0] for part in small))


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
    return prepare_small(make_small(pictures), image_size, ink)


def prepare_small(
    pictures: SmallPictures, image_size: int, ink: str | tf.Tensor = "detect"
) -> tf.Tensor:
    """`prepare_drawings` of pictures that were made small."""
    return _preparation(image_size)(pictures, tf.convert_to_tensor(ink))


@functools.cache
def _preparation(image_size: int) -> Callable[[SmallPictures, tf.Tensor], tf.Tensor]:
    """Returns `prepare_small` as one graph, which all models of a process share.

    Tracing it takes seconds.
    """
    result = tf.TensorSpec([None, image_size, image_size, 1], tf.float32)

    def prepare_all(pictures: SmallPictures, ink: tf.Tensor) -> tf.Tensor:
        def prepare(some: SmallPictures) -> tf.Tensor:
            strength, sheet = _find_ink(some, ink)
            canvas = _canvas(strength, sheet, some.sizes)
            return _drawn(canvas, image_size)[..., tf.newaxis]

        return map_in_chunks(prepare, pictures, _AT_ONCE, result)

    batch = SmallPictures(
        *(tf.TensorSpec([None, *spec.shape], spec.dtype) for spec in SMALL_PICTURE)
    )
    return tf.function(
        prepare_all,
        input_signature=[batch, tf.TensorSpec([], tf.string)],
        autograph=False,
    )


def _find_ink(
    pictures: SmallPictures, ink: str | tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Strength of the ink, float32 [B, _SIDE, _SIDE], and the cells of the sheet."""
    colours = _opaque(pictures.pixels, ink) / 255.0
    grid = cells(colours, CELL)
    larger = _larger(pictures.sizes)
    sheet = tf.where(larger < _MIN_PHOTO_SIDE, 1.0, find_sheet(grid))
    colours, grid = tf.cond(
        tf.reduce_all(sheet > 0.0),
        lambda: (colours, grid),
        lambda: _painted_around(colours, grid, sheet[..., tf.newaxis]),
    )
    is_tiny = larger < _TINY  # There is no room for shadows in it.
    shade = darkness(colours, grid, ink, is_tiny)
    strength = ink_strength(shade, is_tiny)
    may_be_ink = (larger < _MIN_PHOTO_SIDE) | has_details(shade)
    return tf.where(may_be_ink, strength, 0.0), sheet


def _painted_around(
    colours: tf.Tensor, grid: tf.Tensor, sheet: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Gives what lies around a sheet the colour that the sheet mostly has."""
    usual = weighted_mean(grid, sheet)
    colours = tf.where(spread(sheet, CELL) > 0.0, colours, usual)
    return colours, tf.where(sheet > 0.0, grid, usual)


def _opaque(pixels: tf.Tensor, ink: str | tf.Tensor) -> tf.Tensor:
    """Colours in [0, 255] on paper, float32 [B, _SIDE, _SIDE, 3]."""
    return tf.cond(
        tf.reduce_all(pixels[..., 3] == 255),
        lambda: tf.cast(pixels[..., :3], tf.float32),
        lambda: on_paper(pixels, ink),
    )


def _larger(sizes: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(sizes, axis=1)[:, tf.newaxis, tf.newaxis]


def _canvas(strength: tf.Tensor, sheet: tf.Tensor, sizes: tf.Tensor) -> tf.Tensor:
    """Puts the drawing on a canvas which it fills, bool [B, _CANVAS, _CANVAS]."""
    strength, least = _without_noise(strength)
    strength *= spread(sheet, CELL)
    threshold = _threshold(strength, least, _larger(sizes))
    is_ink = strength > threshold
    width = stroke_width(is_ink)
    is_ink = without_specks(is_ink, strength, sheet, width)
    soft = tf.minimum(0.5 * strength / threshold, 1.0)
    soft = tf.where(is_near(is_ink, 3), soft, 0.0)
    box = framing.box_of(is_ink, sizes / _SIDE)
    soft = framing.resample(soft, box, _CANVAS, _CANVAS_SHARE)
    # A thin stroke covers only a part of a pixel.
    step = tf.reduce_max(box.sides, axis=1) / (_CANVAS_SHARE * _CANVAS)
    step = step[:, tf.newaxis, tf.newaxis]
    covered = tf.math.divide_no_nan(width, 2.0 * step)
    return soft > 0.5 * tf.minimum(1.0, covered)


def _without_noise(strength: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Subtracts what most of the picture, the paper, has.

    Returns:
        The strength, and the least that is no noise, float32 [B, 1, 1].
    """
    sampled = strength[:, ::_SAMPLING, ::_SAMPLING]
    size = sampled.shape[1] * sampled.shape[2]
    ordered = tf.sort(tf.reshape(sampled, [-1, size]))[..., tf.newaxis, tf.newaxis]
    usual = ordered[:, size // 2]
    deviation = usual - ordered[:, size // 6]
    least = tf.clip_by_value(_DEVIATIONS * deviation, *_FAINT)
    return tf.nn.relu(strength - tf.minimum(usual, _MAX_NOISE)), least


def _threshold(strength: tf.Tensor, least: tf.Tensor, larger: tf.Tensor) -> tf.Tensor:
    """Strength of the weakest ink, float32 [B, _SIDE, _SIDE].

    Args:
        strength: float32 [B, _SIDE, _SIDE].
        least: of what is no noise, float32 [B, 1, 1].
        larger: side of the pictures before, float32 [B, 1, 1].
    """
    strongest = tf.reduce_max(strength, axis=[1, 2], keepdims=True)
    # Ink ends at once, light and shadows slowly; enlarged pixels do so too.
    contrast = tf.where(larger < _MIN_PHOTO_SIDE, strongest, _sharpest(strength))
    threshold = tf.maximum(least, _THRESHOLD * contrast)
    threshold = tf.where(contrast < least, _BLANK, threshold)
    is_tiny = larger < _TINY
    return tf.cond(
        tf.reduce_any(is_tiny),
        lambda: tf.where(is_tiny, _local(strength, threshold), threshold),
        lambda: tf.broadcast_to(threshold, tf.shape(strength)),
    )


def _sharpest(strength: tf.Tensor) -> tf.Tensor:
    """Largest difference in a cell of each picture, float32 [B, 1, 1]."""
    highest, lowest = (
        cells(strength, CELL, reduce) for reduce in (tf.reduce_max, tf.reduce_min)
    )
    return tf.reduce_max(highest - lowest, axis=[1, 2], keepdims=True)


def _local(strength: tf.Tensor, threshold: tf.Tensor) -> tf.Tensor:
    """Looks around each pixel: in a tiny picture, it is mixed of ink and paper.

    Where the weakest and the strongest around differ, their weighted mean and the mean
    of all count alike. What this is worth: BUILD_NOTES.md, "Preparation of drawings".
    """
    low, high = window_minimum(strength, _LOCAL), window_maximum(strength, _LOCAL)
    mean = tf.nn.avg_pool2d(strength[..., tf.newaxis], _LOCAL_MEAN, 1, "SAME")[..., 0]
    local = 0.5 * (low + _LOCAL_THRESHOLD * (high - low) + mean)
    local = tf.maximum(local, _FAINT[0])
    return tf.where(high - low > _LOCAL_CONTRAST, local, threshold)


def _stroke_weights(is_ink: tf.Tensor, lines: tf.Tensor, mark: tf.Tensor) -> tf.Tensor:
    """Weight of the pen's mark at every pixel, float32 [B, h, w].

    A stroke that is not much wider than the pen is drawn over as it is, since a line in
    its middle is never quite its shape; a wider one along that line.
    """
    of_lines = strokes.line_weights(lines, (2 * math.pi) ** 0.5 * mark)
    ink = tf.cast(is_ink, tf.float32)
    total, length = (
        tf.reduce_sum(values, axis=[1, 2], keepdims=True) for values in (ink, of_lines)
    )
    width = tf.math.divide_no_nan(total, length)
    least, most = (factor * mark for factor in _WIDTHS)
    wide = tf.clip_by_value(tf.math.divide_no_nan(width - least, most - least), 0, 1)
    # A dot is smaller than the pen's mark, and would be faint.
    is_dot = tf.cast(strokes.dots(lines), tf.float32)
    as_drawn = tf.maximum(tf.math.divide_no_nan(ink, width), is_dot * of_lines)
    return as_drawn + wide * (of_lines - as_drawn)


def _drawn(is_ink: tf.Tensor, image_size: int) -> tf.Tensor:
    """Draws the strokes anew, all of one width, float32 [B, H, W] in [0, 1]."""
    filled = strokes.filled(is_ink, _WIDEST)
    lines = strokes.thin(is_ink)
    box = framing.box_by_spread(lines | filled, _REACH)
    mark = box.sides[:, :1, tf.newaxis] * (_PEN / _SHARE)
    weights = _stroke_weights(is_ink, lines, mark)
    weights = tf.maximum(weights, tf.cast(filled, tf.float32))
    density = framing.draw(weights, box, mark, image_size, _SHARE)
    return tf.clip_by_value(_CONTRAST * (density - _RIM), 0.0, 1.0)
