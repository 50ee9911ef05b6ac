"""Turns pictures as people make them into images as the model was trained on.

A training image is ink 1 on paper 0. In a picture, the paper is what its border
mostly shows, and the ink whatever is darker, or whatever is lighter, than that.
"""

import tensorflow as tf

from metanet_tf.data.preparation.resizing import resize

_WHITE = 255.0
_BORDER = 8  # The border's width is one 8th of a side: frames are narrower.
_SAMPLED_SIDE = 256  # The paper's colour is sought on about so many rows, columns.
_MIN_CONTRAST = 64.0  # Black ink on nearly black paper is noise.
_FAINT = 0.1  # Pictures of weaker ink are taken for blank.
_STRONG = 0.5  # Ink that stays below this when resized is made stronger.


def prepare_plainly(
    pictures: tf.Tensor, image_size: int, ink: str | tf.Tensor = "detect"
) -> tf.Tensor:
    """Finds the ink of pictures and resizes it as the training images were.

    Black on white and white on black give exactly what `prepare_images` gives of
    black on white. A picture that is not square is padded with paper. Thin or pale
    strokes are made as strong as those of training images.

    Args:
        pictures: uint8 [B, h, w, 4]: red, green, blue, opacity; any height, width.
        image_size: H and W of the result, pixels.
        ink: "dark" or "light" compared with the paper; or "detect", for each
            picture. String, or scalar string tensor.

    Returns:
        float32 [B, image_size, image_size, 1] in [0, 1]; ink = 1, paper = 0.
    """
    found = find_ink(pictures, ink)
    images = resize(_square(found), image_size)
    strongest = _maximum(images)
    is_thin = (strongest < _STRONG) & (_maximum(found) >= _FAINT)
    return tf.where(is_thin, tf.math.divide_no_nan(images, strongest), images)


def find_ink(pictures: tf.Tensor, ink: str | tf.Tensor = "detect") -> tf.Tensor:
    """Returns the ink at every pixel, float32 [B, h, w, 1] in [0, 1].

    Colours count by the channel in which they differ most from the paper, as far as
    black, or white, would.
    """
    colours = on_paper(pictures, ink)
    paper = _paper(colours)
    darker, lighter = tf.nn.relu(paper - colours), tf.nn.relu(colours - paper)
    return tf.where(
        _is_dark(darker, lighter, ink),
        _share(darker, of=paper),
        _share(lighter, of=_WHITE - paper),
    )


def on_paper(pictures: tf.Tensor, ink: str | tf.Tensor) -> tf.Tensor:
    """Lays pictures on white, or on black if nothing would be seen on white.

    Returns:
        float32 [B, h, w, 3] in [0, 255].
    """
    colours, opacity = tf.split(tf.cast(pictures, tf.float32), [3, 1], axis=-1)
    on_black = colours * (opacity / 255.0)
    on_white = on_black + (_WHITE - opacity)
    is_blank = _maximum(_WHITE - on_white) < _FAINT * _WHITE
    needs_black = (ink == "light") | ((ink == "detect") & is_blank)
    return tf.where(needs_black, on_black, on_white)


def _paper(colours: tf.Tensor) -> tf.Tensor:
    """Median colour of the border, float32 [B, 1, 1, 3]."""
    height, width = tf.unstack(tf.shape(colours)[1:3])
    step = tf.maximum(1, tf.maximum(height, width) // _SAMPLED_SIDE)
    rows, columns = tf.range(0, height, step), tf.range(0, width, step)
    sampled = tf.gather(tf.gather(colours, rows, axis=1), columns, axis=2)
    is_border = _is_edge(tf.size(rows))[:, tf.newaxis] | _is_edge(tf.size(columns))
    border = tf.boolean_mask(sampled, is_border, axis=1)
    middle = tf.shape(border)[1] // 2
    return tf.sort(border, axis=1)[:, middle, tf.newaxis, tf.newaxis, :]


def _is_edge(size: tf.Tensor) -> tf.Tensor:
    """Marks those of `size` rows or columns that belong to the border, bool [size]."""
    position = tf.range(size)
    return tf.minimum(position, size - 1 - position) < -(-size // _BORDER)


def _is_dark(darker: tf.Tensor, lighter: tf.Tensor, ink: str | tf.Tensor) -> tf.Tensor:
    """True if the ink is darker than the paper, bool [B, 1, 1, 1].

    Squares, so that few strokes outweigh much shade.
    """
    dark, light = (
        tf.reduce_sum(difference**2, axis=[1, 2, 3], keepdims=True)
        for difference in (darker, lighter)
    )
    return (ink == "dark") | ((ink == "detect") & (dark >= light))


def _share(difference: tf.Tensor, of: tf.Tensor) -> tf.Tensor:
    """Largest difference of a channel over the largest there can be."""
    largest = tf.reduce_max(difference, axis=-1, keepdims=True)
    possible = tf.reduce_max(of, axis=-1, keepdims=True)
    return tf.minimum(1.0, largest / tf.maximum(possible, _MIN_CONTRAST))


def _maximum(images: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(images, axis=[1, 2, 3], keepdims=True)


def _square(images: tf.Tensor) -> tf.Tensor:
    """Pads float32 [B, h, w, 1] with paper: resizing alone would distort."""
    size = tf.shape(images)[1:3]
    missing = tf.reduce_max(size) - size
    before = missing // 2
    padding = tf.stack([before, missing - before], axis=1)
    return tf.pad(images, tf.concat([[[0, 0]], padding, [[0, 0]]], axis=0))
