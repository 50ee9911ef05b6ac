"""Turns pictures into images for the model; alike in training and in serving."""

import tensorflow as tf


def prepare_images(images: tf.Tensor, image_size: int) -> tf.Tensor:
    """Inverts and resizes pictures of dark ink on white paper.

    Pure TensorFlow operations, because an exported model runs them in its
    graph. Each output pixel is the mean of the area it covers.

    Args:
        images: uint8 [B, h, w, channels], any height and width; colour
            channels are averaged.
        image_size: H and W of the result, pixels.

    Returns:
        float32 [B, image_size, image_size, 1] in [0, 1]; ink = 1, paper = 0.
    """
    brightness = tf.reduce_mean(tf.cast(images, tf.float32), axis=-1, keepdims=True)
    ink = 1.0 - brightness / 255.0
    return resize(ink, image_size)


def resize(images: tf.Tensor, size: int) -> tf.Tensor:
    """Resizes [B, h, w, C] in [0, 1] to [B, size, size, C] by means of areas."""
    resized = tf.image.resize(images, [size, size], method="area")
    return tf.minimum(resized, 1.0)  # Sums of parts of pixels may round to more.
