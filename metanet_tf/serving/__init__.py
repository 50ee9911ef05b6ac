"""A trained MetaNet as a SavedModel."""

from metanet_tf.serving.classifier import Classifier, ExportedModule
from metanet_tf.serving.export import export_model, export_taught
from metanet_tf.serving.taught import TaughtClasses, TaughtClassifier

__all__ = [
    "Classifier",
    "ExportedModule",
    "TaughtClasses",
    "TaughtClassifier",
    "export_model",
    "export_taught",
]
