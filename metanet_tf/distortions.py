"""Random changes of training images: another hand, another pen, another character."""

import math
from typing import NamedTuple

import keras
import tensorflow as tf

_LARGEST_SHIFT = 2.0  # pixels of 28
_LARGEST_TURN = math.radians(10.0)
_LARGEST_STRETCH = 0.1
_LARGEST_CLASS_TURN = math.radians(30.0)
_LARGEST_CLASS_SHEAR = 0.3
_LARGEST_CLASS_STRETCH = 0.2


class Distortions(NamedTuple):
    """How strongly training images are changed; 0: not at all.

    Attributes:
        of_image: what `distort` does to each image, >= 0.
        of_class: what `class_maps` do to all images of a class in a task, >= 0.
        thickening: what `thicken` does to each image, in [0, 1].
    """

    of_image: float = 0.0
    of_class: float = 0.0
    thickening: float = 0.0


UNCHANGED = Distortions()


def distort(
    images: tf.Tensor,
    strength: float,
    seed: tf.Tensor,
    maps: tf.Tensor | None = None,
) -> tf.Tensor:
    """Moves, turns and stretches each image by chance, in one bilinear resampling.

    Args:
        images: float32 [batch, H, W, C] in [0, 1]; what comes in at a border is 0,
            paper.
        strength: 1 is up to 2 pixels of 28, 10 degrees and 10 percent of height and of
            width; >= 0.
        seed: int64 [2]; the same seed distorts in the same way.
        maps: what else is done to each image, before, float32 [batch, 2, 2] as
            `class_maps` has them.

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
    linear = _matrices([[wide * cosine, -wide * sine], [tall * sine, tall * cosine]])
    shift = _LARGEST_SHIFT / 28 * tf.stack([width * right, height * down], axis=1)
    if maps is not None:
        linear, shift = maps @ linear, tf.linalg.matvec(maps, shift)
    # Around the centre.
    centre = tf.constant([(width - 1) / 2, (height - 1) / 2])
    offset = centre - tf.linalg.matvec(linear, centre) + shift
    affine = tf.concat([linear, offset[:, :, tf.newaxis]], axis=2)
    projective = tf.pad(tf.reshape(affine, [-1, 6]), [[0, 0], [0, 2]])
    return keras.ops.image.affine_transform(
        images, projective, fill_mode="constant", fill_value=0.0
    )


def class_maps(count: int, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Draws maps that make other characters of characters.

    Each turns, shears and stretches; every second one mirrors, too.

    Args:
        count: number of maps.
        strength: 1 is up to 30 degrees, 30 percent of shear and 20 percent of height
            and of width; at 0 no map changes anything; >= 0.
        seed: int64 [2].

    Returns:
        float32 [count, 2, 2]: from (x, y) in the other character to (x, y) in the
        character, both from the centre.
    """
    if not strength:
        return tf.eye(2, batch_shape=[count])
    draws = tf.random.stateless_uniform([count, 5], seed, -1.0, 1.0, alg="philox")
    mirror, turn, shear, tall, wide = tf.unstack(draws, axis=1)
    turn = _LARGEST_CLASS_TURN * strength * turn
    shear = _LARGEST_CLASS_SHEAR * strength * shear
    tall = 1.0 + _LARGEST_CLASS_STRETCH * strength * tall
    wide = (1.0 + _LARGEST_CLASS_STRETCH * strength * wide) * tf.sign(mirror)
    cosine, sine = tf.cos(turn), tf.sin(turn)
    turns = _matrices([[cosine, -sine], [sine, cosine]])
    return turns @ _matrices([[wide, shear], [tf.zeros_like(shear), tall]])


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


def _matrices(rows: list[list[tf.Tensor]]) -> tf.Tensor:
    """float32 [batch, 2, 2] of entries [batch]."""
    return tf.stack([tf.stack(row, axis=1) for row in rows], axis=1)
