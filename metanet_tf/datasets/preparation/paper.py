"""The paper: its local brightness, and whether the ink is darker or lighter."""

import tensorflow as tf

from metanet_tf.datasets.preparation.morphology import (
    blur,
    closing,
    reached_from_border,
    window_maximum,
    window_minimum,
)

GRID = 64  # Large regions are sought on so many rows and columns.
_BLOCKS = 8  # Along a side; the border is one block wide.
_DARK = 0.8  # Share of the paper's brightness below which a region is dark.
_LEAST_PAPER = 0.25  # Black ink on nearly black paper is noise.


def on_grid(images: tf.Tensor) -> tf.Tensor:
    """Means of GRID x GRID areas of float32 [B, h, w, C]."""
    return tf.image.resize(images, [GRID, GRID], method="area")


def from_grid(grid: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Resizes float32 [B, GRID, GRID, C] to the height and width of `like`."""
    return tf.image.resize(grid, tf.shape(like)[1:3])


def darkness(colours: tf.Tensor, grid: tf.Tensor, ink: str | tf.Tensor) -> tf.Tensor:
    """Returns how much more ink than on the paper there is at every pixel.

    Args:
        colours: float32 [B, h, w, 3] in [0, 1].
        grid: the same `on_grid`.
        ink: "dark", "light" or "detect".

    Returns:
        float32 [B, h, w], at most 1: 1 black, or white where the ink is light; about
        0 paper, as it mostly is. The channel of the largest difference counts.
    """
    paper = _paper_by_border(grid)
    is_dark = _is_dark(grid, paper, ink)
    usual = tf.reduce_mean(paper, axis=[1, 2], keepdims=True)
    difference = tf.where(is_dark, usual - colours, colours - usual)
    possible = tf.where(is_dark, usual, 1.0 - usual)
    return tf.reduce_max(difference / tf.maximum(possible, _LEAST_PAPER), axis=-1)


def _is_dark(grid: tf.Tensor, paper: tf.Tensor, ink: str | tf.Tensor) -> tf.Tensor:
    """Whether the ink is darker than the paper, bool [B, 1, 1, 1].

    Only sharp edges count, where ink differs more from the paper than paper does:
    light and shadows change slowly, or both ways.
    """
    sharpness = window_maximum(grid, 3) - window_minimum(grid, 3)
    darker, lighter = (
        tf.reduce_sum(
            (sharpness * tf.nn.relu(part)) ** 2, axis=[1, 2, 3], keepdims=True
        )
        for part in (paper - grid, grid - paper)
    )
    return (ink == "dark") | ((ink == "detect") & (darker >= lighter))


def _paper_by_border(grid: tf.Tensor) -> tf.Tensor:
    """Interpolates between what the blocks along the border mostly show."""
    size = GRID // _BLOCKS
    blocks = tf.reshape(grid, [-1, _BLOCKS, size, _BLOCKS, size, 3])
    sides = [tf.gather(blocks, [0, _BLOCKS - 1], axis=axis) for axis in (1, 3)]
    rows, columns = (_stretched(_medians(side)) for side in sides)
    return 0.5 * (rows + columns)


def _medians(blocks: tf.Tensor) -> tf.Tensor:
    """[B, n, size, m, size, 3] to [B, n, m, 3]."""
    values = tf.transpose(blocks, [0, 1, 3, 5, 2, 4])
    values = tf.reshape(values, [-1, *values.shape[1:4], values.shape[4] ** 2])
    return tf.sort(values)[..., values.shape[-1] // 2]


def _stretched(medians: tf.Tensor) -> tf.Tensor:
    return tf.image.resize(medians, [GRID, GRID])


def ink_strength(darkness: tf.Tensor, widest: tf.Tensor) -> tf.Tensor:
    """Returns how much darker than the paper around it every pixel is.

    Args:
        darkness: float32 [B, h, w], at most 1.
        widest: width that no stroke has, as a part of the larger side, scalar; a
            wider region is a shadow if paper does not surround it.

    Returns:
        float32 [B, h, w] in [0, 1]: 0 like paper, 1 black.
    """
    brightness = 1.0 - blur(darkness)
    paper = _local_paper(brightness, widest)
    return tf.nn.relu(paper - brightness) / tf.maximum(paper, _LEAST_PAPER)


def _local_paper(brightness: tf.Tensor, widest: tf.Tensor) -> tf.Tensor:
    """Brightness of the paper at every pixel, float32 [B, h, w].

    Closing takes away all that is narrow, and keeps the edges of shadows. Of the wide
    dark regions those which paper surrounds are ink, and shadows the others.
    """
    larger = tf.cast(tf.reduce_max(tf.shape(brightness)[1:]), tf.float32)
    closed = closing(brightness, tf.cast(tf.math.ceil(larger * widest), tf.int32))
    grid = on_grid(closed[..., tf.newaxis])[..., 0]
    is_dark = grid < _DARK * tf.reduce_max(grid, axis=[1, 2], keepdims=True)
    is_filled = tf.cast(is_dark & ~reached_from_border(is_dark), tf.float32)
    is_filled = window_maximum(is_filled, 5)[..., tf.newaxis]
    is_filled = from_grid(is_filled, brightness)[..., 0] > 0.0
    light = weighted_mean(grid, tf.cast(~is_dark, tf.float32))
    return tf.where(is_filled, tf.maximum(closed, light), closed)


def weighted_mean(images: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Mean of each picture, [B, h, w] or [B, h, w, C], with its dimensions."""
    total = tf.reduce_sum(images * weights, axis=[1, 2], keepdims=True)
    return tf.math.divide_no_nan(
        total, tf.reduce_sum(weights, axis=[1, 2], keepdims=True)
    )
