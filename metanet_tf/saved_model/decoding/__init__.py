"""Turns the content of a picture file into its pixels, inside the graph."""

from metanet_tf.saved_model.decoding.formats import FORMATS, describe, picture_format
from metanet_tf.saved_model.decoding.picture import decode_picture

__all__ = ["FORMATS", "decode_picture", "describe", "picture_format"]
