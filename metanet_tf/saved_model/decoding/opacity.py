"""Opacity of pictures that have none."""

import tensorflow as tf

from metanet_tf.data.pictures.arrays import OPAQUE


def opaque(colours: tf.Tensor) -> tf.Tensor:
    """Appends full opacity to uint8 [h, w, channels]."""
    opacity = tf.fill(tf.shape(colours[..., :1]), tf.constant(OPAQUE, tf.uint8))
    return tf.concat([colours, opacity], axis=-1)
