"""Trained weights that come with the package; each folder here is a model."""

from metanet_tf.model_source import pretrained_names
from metanet_tf.pretrained.model_folder import (
    Pretrained,
    load_pretrained,
    read_pretrained,
    save_preset,
    save_pretrained,
)

__all__ = [
    "Pretrained",
    "load_pretrained",
    "pretrained_names",
    "read_pretrained",
    "save_preset",
    "save_pretrained",
]
