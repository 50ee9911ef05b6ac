"""Auxiliary loss of training: names an image among all training classes."""

import keras
import numpy as np
import tensorflow as tf

from metanet_tf.config import RunConfig
from metanet_tf.data.episodes import Episode
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.learners import representation_size
from metanet_tf.meta_information import cross_entropy

_SHARPNESS = 10.0  # Factor on the cosines, as of the attention in the presets.


class ClassLoss:
    """Cross-entropy of r's cosines to a learned direction for each training class.

    It teaches u from every image of a task, its support too, and is not part of the
    model, which has no use for the directions once it is trained.

    Args:
        directions: initial ones, float32 [size of r, training classes].

    Attributes:
        kernel: the directions.
    """

    def __init__(self, directions: np.ndarray) -> None:
        self.kernel = keras.Variable(directions, dtype="float32", name="directions")

    def __call__(self, embeddings: tf.Tensor, episode: Episode) -> tf.Tensor:
        """Returns the mean over the images of an episode, float32 scalar.

        Args:
            embeddings: r' of the support, then r of the queries, float [S + L, size].
            episode: theirs.
        """
        labels = tf.concat([episode.support_labels, episode.query_labels], axis=0)
        directions = tf.math.l2_normalize(self.kernel.value, axis=0)
        embeddings = tf.math.l2_normalize(tf.cast(embeddings, tf.float32), axis=-1)
        cosines = tf.matmul(embeddings, directions)
        classes = tf.gather(episode.class_ids, labels)
        return tf.reduce_mean(cross_entropy(_SHARPNESS * cosines, classes))


def make_class_loss(config: RunConfig, classes: ImageClasses) -> ClassLoss | None:
    """Makes the loss of a run, with directions by chance; None if it has no weight."""
    if not config.training.class_loss_weight:
        return None
    size = representation_size(config.model, classes.image_shape)
    shape = size, classes.num_classes
    return ClassLoss(np.random.default_rng(config.training.seed).normal(size=shape))
