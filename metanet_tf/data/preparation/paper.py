"""The paper: its brightness everywhere, and which side of it the ink is on."""

from collections.abc import Callable

import tensorflow as tf

from metanet_tf.data.preparation.morphology import (
    blur,
    cells,
    closing,
    reached_from_border,
    spread,
    window_maximum,
    window_mean,
    window_minimum,
)

CELL = 4  # Pixels; large regions are sought on a grid of such cells.
_CELLS = 32  # Along a side of that grid.
_BLOCKS = 8  # Along a side; the border is one block wide.
_CLOSED_CELL = 2  # Pixels; the paper is sought on a finer grid.
_WINDOW = 21  # Such cells; what is wider is a shadow, or surrounded by paper.
_NARROW = 3  # Grid cells; paper is mostly wider.
_LEVELS = (0.3, 0.5, 0.7, 0.9)  # Of the brightest paper: darker regions are compared.
_DETAIL = 7  # Window, pixels, from whose mean ink's edge differs
_MIN_BEND = 0.04  # by this share; where it is dark,
_DIM = 0.5  # by this share of such a brightness.
_MIN_PAPER = 0.25  # Black ink on nearly black paper is noise.
_MIN_DEPTH = 0.04  # Of ink below the paper on the finer grid.


def darkness(
    colours: tf.Tensor,
    grid: tf.Tensor,
    ink: str | tf.Tensor,
    has_even_light: tf.Tensor,
) -> tf.Tensor:
    """Returns how much more ink than on the paper there is at every pixel.

    Args:
        colours: float32 [B, h, w, 3] in [0, 1].
        grid: the same, means of cells of CELL x CELL pixels.
        ink: "dark", "light" or "detect".
        has_even_light: bool [B, 1, 1]; there are no shadows.

    Returns:
        float32 [B, h, w], at most 1: 1 black, or white where the ink is light; about
        0 paper, as it mostly is. The channel of the largest difference counts.
    """
    paper = _paper_by_border(grid)
    is_dark = _is_dark(grid, paper, ink, has_even_light)
    usual = tf.reduce_mean(paper, axis=[1, 2], keepdims=True)
    possible = tf.where(is_dark, -usual, 1.0 - usual)
    possible = tf.sign(possible) * tf.maximum(tf.abs(possible), _MIN_PAPER)
    red, green, blue = (
        (colour - channel_usual) / channel_possible
        for colour, channel_usual, channel_possible in zip(
            *(tf.unstack(values, axis=-1) for values in (colours, usual, possible)),
            strict=True,
        )
    )
    return tf.maximum(tf.maximum(red, green), blue)


def _is_dark(
    grid: tf.Tensor, paper: tf.Tensor, ink: str | tf.Tensor, has_even_light: tf.Tensor
) -> tf.Tensor:
    """True if the ink is darker than the paper, bool [B, 1, 1, 1].

    Only sharp edges count, where ink differs more from the paper than paper does, and
    from the paper around it too: light changes slowly, and a shadow reaches the border.
    Light ink is lighter than the paper out of the shadow, which counts half.
    """
    is_even = has_even_light[..., tf.newaxis]
    lit = 0.5 * (paper + tf.reduce_max(paper, axis=[1, 2], keepdims=True))
    lit = tf.where(is_even, paper, lit)
    sharpness = window_maximum(grid, 3) - window_minimum(grid, 3)

    def evidence(find: Callable[[tf.Tensor], tf.Tensor]) -> list[tf.Tensor]:
        """Returns what tells of dark and of light ink, each float32 [B, 1, 1, 1]."""
        differences = []
        for values, limit in ((grid, paper), (1.0 - grid, 1.0 - lit)):
            around = tf.where(is_even, 1.0, _for_channels(find, values))
            differences.append(tf.nn.relu(tf.minimum(limit, around) - values))
        return [
            tf.reduce_sum((sharpness * difference) ** 2, axis=[1, 2, 3], keepdims=True)
            for difference in differences
        ]

    # The paper around is between these two; it takes long to find, and rarely matters.
    most_dark, most_light = evidence(tf.ones_like)
    darker, lighter = evidence(_narrowly_closed)
    is_told = (darker >= most_light) | (most_dark < lighter)
    darker, lighter = tf.cond(
        tf.reduce_all(is_told),
        lambda: [darker, lighter],
        lambda: evidence(lambda values: _local_paper(values, _NARROW)),
    )
    return (ink == "dark") | ((ink == "detect") & (darker >= lighter))


def _for_channels(find: Callable[[tf.Tensor], tf.Tensor], grid: tf.Tensor) -> tf.Tensor:
    """Applies a function of [B, n, n] to each channel of [B, n, n, 3]."""
    size = grid.shape[1]
    channels = tf.reshape(tf.transpose(grid, [0, 3, 1, 2]), [-1, size, size])
    found = tf.reshape(find(channels), [-1, 3, size, size])
    return tf.transpose(found, [0, 2, 3, 1])


def _narrowly_closed(grid: tf.Tensor) -> tf.Tensor:
    return closing(grid, _NARROW)


def _paper_by_border(grid: tf.Tensor) -> tf.Tensor:
    """Interpolates between what the blocks along the border mostly show."""
    size = grid.shape[1] // _BLOCKS
    blocks = tf.reshape(grid, [-1, _BLOCKS, size, _BLOCKS, size, 3])
    sides = [tf.gather(blocks, [0, _BLOCKS - 1], axis=axis) for axis in (1, 3)]
    rows, columns = (tf.image.resize(_medians(side), grid.shape[1:3]) for side in sides)
    return 0.5 * (rows + columns)


def _medians(blocks: tf.Tensor) -> tf.Tensor:
    """[B, n, size, m, size, 3] to [B, n, m, 3]."""
    values = tf.transpose(blocks, [0, 1, 3, 5, 2, 4])
    values = tf.reshape(values, [-1, *values.shape[1:4], values.shape[4] ** 2])
    return tf.sort(values)[..., values.shape[-1] // 2]


def ink_strength(darkness: tf.Tensor, has_even_light: tf.Tensor) -> tf.Tensor:
    """Returns how much darker than the paper around it every pixel is.

    Args:
        darkness: float32 [B, h, w], at most 1.
        has_even_light: bool [B, 1, 1]; the paper is as bright as at its brightest.

    Returns:
        float32 [B, h, w] in [0, 1]: 0 like paper, 1 black.
    """
    brightness = 1.0 - blur(darkness)
    coarse = cells(brightness, _CLOSED_CELL)
    brightest = tf.reduce_max(coarse, axis=[1, 2], keepdims=True)
    paper = tf.where(has_even_light, brightest, _local_paper(coarse, _WINDOW))
    # A coarse grid blurs the edge of a shadow, so ink must be seen on it too.
    is_deep = window_maximum(paper - coarse, 3) > _MIN_DEPTH
    ink_below = tf.where(is_deep, paper, 0.0)
    difference = spread(ink_below, _CLOSED_CELL) - brightness
    return tf.nn.relu(difference) / spread(tf.maximum(paper, _MIN_PAPER), _CLOSED_CELL)


def has_details(darkness: tf.Tensor) -> tf.Tensor:
    """True if the brightness anywhere bends as at ink's edge, bool [B, 1, 1].

    Light may change much, but does so slowly: a pixel is as bright as what is around
    it is on average.
    """
    brightness = 1.0 - blur(darkness)
    usual = window_mean(brightness, _DETAIL)
    bend = tf.abs(brightness - usual) / tf.maximum(usual, _DIM)
    inner = bend[:, _DETAIL // 2 : -_DETAIL // 2, _DETAIL // 2 : -_DETAIL // 2]
    return tf.reduce_max(inner, axis=[1, 2], keepdims=True) > _MIN_BEND


def _local_paper(brightness: tf.Tensor, window: int) -> tf.Tensor:
    """Brightness of the paper at every pixel, float32 [B, h, w].

    Closing takes away all that is narrow, and keeps the edges of shadows, which go on
    outside the picture. Of the wide dark regions those which paper surrounds are ink,
    and shadows the others.
    """
    closed = closing(brightness, window)
    cell = brightness.shape[1] // _CELLS
    grid = cells(closed, cell)
    brightest = tf.reduce_max(grid, axis=[1, 2], keepdims=True)
    surroundings = tf.cond(
        tf.reduce_any(grid < _LEVELS[-1] * brightest),
        lambda: _surroundings(grid, brightest),
        lambda: tf.zeros_like(grid),
    )
    return tf.maximum(closed, spread(surroundings, cell))


def _surroundings(grid: tf.Tensor, brightest: tf.Tensor) -> tf.Tensor:
    """Least brightness of the paper around wide dark regions, 0 elsewhere."""
    levels = tf.reshape(tf.constant(_LEVELS) * brightest, [-1, 1, 1])
    is_dark = tf.repeat(grid, len(_LEVELS), axis=0) < levels
    is_ink = tf.cast(is_dark & ~reached_from_border(is_dark), tf.float32)
    found = window_maximum(is_ink, 3) * levels
    found = tf.reshape(found, [-1, len(_LEVELS), *grid.shape[1:]])
    return tf.reduce_max(found, axis=1)
