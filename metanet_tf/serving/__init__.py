"""A trained MetaNet as a SavedModel."""

from metanet_tf.serving.export import export_model

__all__ = ["export_model"]
