"""Small random changes of training images: as another hand, or pen, would draw."""

import math

import keras
import tensorflow as tf

_LARGEST_SHIFT = 2.0  # pixels of 28
_LARGEST_TURN = math.radians(10.0)
_LARGEST_STRETCH = 0.1


def distort(images: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Moves, turns and stretches each image by chance, in one bilinear resampling.

    Args:
        images: float32 [batch, H, W, C] in [0, 1]; what comes in at a border is 0,
            paper.
        strength: 1 is up to 2 pixels of 28, 10 degrees and 10 percent of height and of
            width; >= 0.
        seed: int64 [2]; the same seed distorts in the same way.

    Returns:
        float32 [batch, H, W, C] in [0, 1].
    """
    height, width = images.shape[1:3]
    draws = tf.random.stateless_uniform(
        [tf.shape(images)[0], 5], seed, -strength, strength, alg="philox"
    )
    down, right, turn, tall, wide = tf.unstack(draws, axis=1)
    cosine, sine = tf.cos(_LARGEST_TURN * turn), tf.sin(_LARGEST_TURN * turn)
    tall, wide = 1.0 + _LARGEST_STRETCH * tall, 1.0 + _LARGEST_STRETCH * wide
    a, b, c, d = wide * cosine, -wide * sine, tall * sine, tall * cosine
    # Turned and stretched around the centre.
    x, y = (width - 1) / 2, (height - 1) / 2
    to_x = x - a * x - b * y + _LARGEST_SHIFT * width / 28 * right
    to_y = y - c * x - d * y + _LARGEST_SHIFT * height / 28 * down
    zero = tf.zeros_like(a)
    matrices = tf.stack([a, b, to_x, c, d, to_y, zero, zero], axis=1)
    return keras.ops.image.affine_transform(
        images, matrices, fill_mode="constant", fill_value=0.0
    )


def thicken(images: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Widens the strokes of each image by chance, by up to a pixel on each side.

    Args:
        images: float32 [batch, H, W, C] in [0, 1], ink 1.
        strength: of the widest strokes: 1 is a pixel; in [0, 1].
        seed: int64 [2].

    Returns:
        float32 [batch, H, W, C] in [0, 1].
    """
    shape = [tf.shape(images)[0], 1, 1, 1]
    share = tf.random.stateless_uniform(shape, seed, 0.0, strength, alg="philox")
    wide = tf.nn.max_pool2d(images, ksize=3, strides=1, padding="SAME")
    return images + share * (wide - images)
