"""The paper: its local brightness, and whether the ink is darker or lighter."""

import tensorflow as tf

from metanet_tf.datasets.preparation.morphology import (
    blur,
    closing,
    neighbour_maximum,
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


def with_dark_ink(colours: tf.Tensor, ink: str | tf.Tensor) -> tf.Tensor:
    """Inverts pictures whose ink is lighter than their paper.

    The paper is what the blocks along the border mostly show, and in between in
    between. Only sharp edges count, where ink differs more from it than paper does:
    light and shadows change slowly, or both ways.

    Args:
        colours: float32 [B, h, w, 3] in [0, 1].
        ink: "dark", "light" or "detect".
    """
    grid = on_grid(colours)
    difference = _paper_by_border(grid) - grid
    sharpness = window_maximum(grid, 3) - window_minimum(grid, 3)
    darker, lighter = (
        tf.reduce_sum(
            (sharpness * tf.nn.relu(part)) ** 2, axis=[1, 2, 3], keepdims=True
        )
        for part in (difference, -difference)
    )
    is_dark = (ink == "dark") | ((ink == "detect") & (darker >= lighter))
    return tf.where(is_dark, colours, 1.0 - colours)


def _paper_by_border(grid: tf.Tensor) -> tf.Tensor:
    """Interpolates between the medians of the blocks along the border."""
    size = GRID // _BLOCKS
    blocks = tf.reshape(grid, [-1, _BLOCKS, size, _BLOCKS, size, 3])
    blocks = tf.transpose(blocks, [0, 1, 3, 5, 2, 4])
    rows = _medians(tf.gather(blocks, [0, _BLOCKS - 1], axis=1))
    columns = _medians(tf.gather(blocks, [0, _BLOCKS - 1], axis=2))
    return 0.5 * (_stretched(rows) + _stretched(columns))


def _medians(blocks: tf.Tensor) -> tf.Tensor:
    """[B, n, m, 3, size, size] to [B, n, m, 3]."""
    values = tf.reshape(blocks, tf.concat([tf.shape(blocks)[:4], [-1]], axis=0))
    return tf.sort(values)[..., (GRID // _BLOCKS) ** 2 // 2]


def _stretched(medians: tf.Tensor) -> tf.Tensor:
    return tf.image.resize(medians, [GRID, GRID])


def ink_strength(colours: tf.Tensor, widest: tf.Tensor) -> tf.Tensor:
    """Returns how much darker than the paper around it every pixel is.

    Args:
        colours: float32 [B, h, w, 3] in [0, 1], ink darker than paper.
        widest: width that no stroke has, as a part of the larger side, scalar; a
            wider region is a shadow if paper does not surround it.

    Returns:
        float32 [B, h, w] in [0, 1]: 0 like paper, 1 black.
    """
    colours = blur(colours)
    paper = _local_paper(colours, widest)
    darker = (paper - colours) / tf.maximum(paper, _LEAST_PAPER)
    return tf.nn.relu(tf.reduce_max(darker, axis=-1))


def _local_paper(colours: tf.Tensor, widest: tf.Tensor) -> tf.Tensor:
    """Brightness of the paper at every pixel, float32 [B, h, w, 3].

    Closing takes away all that is narrow, and keeps the edges of shadows. Of the wide
    dark regions those which paper surrounds are ink, and shadows the others.
    """
    larger = tf.cast(tf.reduce_max(tf.shape(colours)[1:3]), tf.float32)
    size = tf.cast(tf.math.ceil(larger * widest), tf.int32)
    closed = closing(colours, size)
    grid = on_grid(closed)
    usual = tf.reduce_max(grid, axis=[1, 2], keepdims=True)
    is_dark = tf.reduce_any(grid < _DARK * usual, axis=-1)
    is_filled = is_dark & ~reached_from_border(is_dark)
    is_filled = neighbour_maximum(neighbour_maximum(tf.cast(is_filled, tf.float32)))
    light = tf.cast(~is_dark, tf.float32)[..., tf.newaxis]
    mean = tf.math.divide_no_nan(
        tf.reduce_sum(grid * light, axis=[1, 2], keepdims=True),
        tf.reduce_sum(light, axis=[1, 2], keepdims=True),
    )
    is_filled = from_grid(is_filled[..., tf.newaxis], colours) > 0.0
    return tf.where(is_filled, tf.maximum(closed, mean), closed)
