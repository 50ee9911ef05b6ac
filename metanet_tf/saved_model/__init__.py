"""A trained MetaNet as a SavedModel."""

from metanet_tf.saved_model.classifier_module import ClassifierModule, ExportedModule
from metanet_tf.saved_model.export import export_model, export_taught
from metanet_tf.saved_model.taught import TaughtClasses, TaughtClassifier

__all__ = [
    "ClassifierModule",
    "ExportedModule",
    "TaughtClasses",
    "TaughtClassifier",
    "export_model",
    "export_taught",
]
