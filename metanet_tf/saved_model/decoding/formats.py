"""Formats of picture files, told apart by how they begin, inside the graph."""

import tensorflow as tf

from metanet_tf.data.pictures.formats import (
    SIGNATURES,
    UNKNOWN,
    Signature,
    described,
)

FORMATS = ("PNG", "JPEG", "WebP", "BMP")
# Bytes at which the others are looked at.
_HEAD = max(signature.offset + len(signature.content) for signature in SIGNATURES)


def picture_format(encoded_pictures: tf.Tensor) -> tf.Tensor:
    """Index into FORMATS by how the files begin, int32 [...]; -1 for others.

    Args:
        encoded_pictures: string [...], contents of files.
    """
    heads = _heads(encoded_pictures)
    found = tf.fill(tf.shape(heads), -1)
    for signature in SIGNATURES:
        if signature.format in FORMATS:
            index = FORMATS.index(signature.format)
            found = tf.where(_fits(heads, signature), index, found)
    return found


def describe(encoded_pictures: tf.Tensor) -> tf.Tensor:
    """Says what files are, string [...]: "a GIF picture", "a PDF document"."""
    heads = _heads(encoded_pictures)
    is_empty = tf.strings.length(encoded_pictures) == 0
    found = tf.where(is_empty, "an empty file", UNKNOWN)
    for signature in reversed(SIGNATURES):
        found = tf.where(_fits(heads, signature), described(signature.format), found)
    return found


def _heads(encoded_pictures: tf.Tensor) -> tf.Tensor:
    # Filled up, since a part of a string must not begin behind its end.
    return tf.strings.substr(encoded_pictures, 0, _HEAD) + b"\0" * _HEAD


def _fits(heads: tf.Tensor, signature: Signature) -> tf.Tensor:
    size = len(signature.content)
    return tf.strings.substr(heads, signature.offset, size) == signature.content
