"""From the content of a picture file to its pixels, inside the graph."""

import tensorflow as tf

from metanet_tf.serving.checks import PNG_BEGINNING

_PAPER = 255


def decode_picture(encoded_picture: tf.Tensor) -> tf.Tensor:
    """Decodes a PNG or JPEG file of dark ink on white or transparent paper.

    A picture that is not square gets paper on two sides, since resizing it as it is
    would distort what is drawn.

    Args:
        encoded_picture: string [], the file's content.

    Returns:
        uint8 [side, side, 3], where side is the larger of height and width.

    Raises:
        tf.errors.InvalidArgumentError: if the file is damaged.
    """
    picture = tf.cond(
        tf.strings.substr(encoded_picture, 0, 3) == PNG_BEGINNING,
        lambda: _on_paper(tf.io.decode_png(encoded_picture, channels=4)),
        lambda: tf.io.decode_jpeg(encoded_picture, channels=3),
    )
    return _square(picture)


def _on_paper(picture: tf.Tensor) -> tf.Tensor:
    """Lays uint8 [h, w, 4], the last its opacity, on paper: uint8 [h, w, 3]."""
    colours, opacity = tf.split(tf.cast(picture, tf.float32), [3, 1], axis=-1)
    mixed = _PAPER + (colours - _PAPER) * (opacity / 255.0)
    return tf.cast(tf.round(mixed), tf.uint8)


def _square(picture: tf.Tensor) -> tf.Tensor:
    size = tf.shape(picture)[:2]
    missing = tf.reduce_max(size) - size
    before = missing // 2
    padding = tf.stack([before, missing - before], axis=1)
    return tf.pad(
        picture, tf.concat([padding, [[0, 0]]], axis=0), constant_values=_PAPER
    )
