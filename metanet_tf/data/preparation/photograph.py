"""Makes images of photographs: the middle square, resized, in colour or grey."""

import tensorflow as tf

from metanet_tf.data.preparation.plain import on_paper

_LARGEST = 255.0
_COLOURS = 3


def prepare_photographs(
    pictures: tf.Tensor, image_size: int, channels: int
) -> tf.Tensor:
    """Cuts out the middle square of photographs and resizes it.

    That is the same as resizing the shorter side and cutting off what is left of the
    longer one. What is transparent becomes white. There is no ink and no paper.

    Args:
        pictures: uint8 [B, h, w, 4]: red, green, blue, opacity; any height, width.
        image_size: H and W of the result, pixels.
        channels: 3, red, green and blue; or 1, brightness.

    Returns:
        float32 [B, image_size, image_size, channels] in [0, 1]; white = 1.
    """
    colours = _opaque(_middle_square(pictures))
    # It takes bytes as they are: a large picture is never there in floats.
    resized = tf.image.resize(
        colours, [image_size, image_size], method="bilinear", antialias=True
    )
    images = tf.clip_by_value(resized / _LARGEST, 0.0, 1.0)
    if channels != _COLOURS:
        images = tf.image.rgb_to_grayscale(images)
    return images


def _middle_square(pictures: tf.Tensor) -> tf.Tensor:
    height, width = tf.unstack(tf.shape(pictures)[1:3])
    side = tf.minimum(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pictures[:, top : top + side, left : left + side]


def _opaque(pictures: tf.Tensor) -> tf.Tensor:
    """Lays pictures on white, uint8 [B, h, w, 3]."""
    return tf.cond(
        tf.reduce_all(pictures[..., 3] == 255),
        lambda: pictures[..., :3],
        lambda: tf.cast(tf.round(on_paper(pictures, "dark")), tf.uint8),
    )
