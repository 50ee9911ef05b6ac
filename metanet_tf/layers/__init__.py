"""Layers whose slow weights are joined by fast weights (section 3.3)."""

from metanet_tf.layers.augmentation import Augmented
from metanet_tf.layers.augmented_conv2d import AugmentedConv2D
from metanet_tf.layers.augmented_dense import AugmentedDense
from metanet_tf.layers.batch_normalization import BatchNormalization
from metanet_tf.layers.classifier_head import ClassifierHead
from metanet_tf.layers.symmetric_head import SymmetricHead

__all__ = [
    "Augmented",
    "AugmentedConv2D",
    "AugmentedDense",
    "ClassifierHead",
    "BatchNormalization",
    "SymmetricHead",
]
