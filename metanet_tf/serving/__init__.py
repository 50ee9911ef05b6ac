"""A trained MetaNet as a SavedModel."""

from metanet_tf.serving.export import export_model, export_taught
from metanet_tf.serving.taught import TaughtClassifier

__all__ = ["TaughtClassifier", "export_model", "export_taught"]
