"""JPEG files."""

from typing import NamedTuple

import tensorflow as tf

from metanet_tf.saved_model.decoding.content import (
    MAX_PARTS,
    big,
    numbers,
    starts_with,
    take,
)
from metanet_tf.saved_model.decoding.exif import turn_upright
from metanet_tf.saved_model.decoding.opacity import opaque
from metanet_tf.saved_model.decoding.requirements import require_size

_MARKER = 0xFF
_BARE = (0x00, 0x01, *range(0xD0, 0xD9))  # Second bytes of what has no length.
_END = (0xD9, 0xDA)  # End of the file, beginning of the pixels.
_SIZES = (
    *range(0xC0, 0xC4),
    *range(0xC5, 0xC8),
    *range(0xC9, 0xCC),
    *range(0xCD, 0xD0),
)
_NOTES = 0xE1
_ADOBE = 0xEE
# Of a file with four inks: they are inverted, as those of all programs are, though
# some do not say so.
_INVERTED = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"


class Segments(NamedTuple):
    """Finds of a walk over the parts before the pixels.

    Attributes:
        position: int32 [], of the next part.
        is_end: bool [].
        width, height, channels: int32 [], 0 where they are not told.
        is_adobe: bool [], whether a part of Adobe's tells how colours are meant.
        notes: int32 [], where EXIF notes begin; negative if there are none.
    """

    position: tf.Tensor
    is_end: tf.Tensor
    width: tf.Tensor
    height: tf.Tensor
    channels: tf.Tensor
    is_adobe: tf.Tensor
    notes: tf.Tensor


def decode_jpeg(content: tf.Tensor, max_pixels: int) -> tf.Tensor:
    """Decodes a JPEG file, uint8 [h, w, 4]."""
    found = _segments(content)
    one = tf.constant(1)
    with tf.control_dependencies(
        [require_size(found.width, found.height, one, max_pixels)]
    ):
        needs_mark = (found.channels == 4) & ~found.is_adobe
    marked = tf.cond(needs_mark, lambda: _with_mark(content), lambda: content)
    # The accurate method is the one that other decoders use.
    decoded = tf.io.decode_jpeg(marked, channels=3, dct_method="INTEGER_ACCURATE")
    return turn_upright(opaque(decoded), content, found.notes)


def _with_mark(content: tf.Tensor) -> tf.Tensor:
    rest = take(content, 2, tf.strings.length(content))
    return tf.strings.join([take(content, 0, 2), _INVERTED, rest])


def _segments(content: tf.Tensor) -> Segments:
    start = Segments(
        position=tf.constant(2),
        is_end=tf.constant(False),
        width=tf.constant(0),
        height=tf.constant(0),
        channels=tf.constant(0),
        is_adobe=tf.constant(False),
        notes=tf.constant(-1),
    )
    (found,) = tf.while_loop(
        lambda found: ~found.is_end,
        lambda found: [_next(content, found)],
        [start],
        maximum_iterations=MAX_PARTS,
    )
    return found


def _next(content: tf.Tensor, found: Segments) -> Segments:
    head = numbers(content, found.position, 10)
    is_marker, kind = head[0] == _MARKER, tf.where(head[0] == _MARKER, head[1], 0)
    is_size = _is_one_of(kind, _SIZES) & (found.width == 0)
    is_notes = (kind == _NOTES) & starts_with(head[4:], b"Exif\0\0") & (found.notes < 0)
    step = tf.where(is_marker, _length(head), _garbage(head))
    is_end = found.position + step >= tf.strings.length(content)
    return Segments(
        position=found.position + step,
        is_end=is_end | _is_one_of(kind, _END),
        width=tf.where(is_size, big(head[7:9]), found.width),
        height=tf.where(is_size, big(head[5:7]), found.height),
        channels=tf.where(is_size, head[9], found.channels),
        is_adobe=found.is_adobe | ((kind == _ADOBE) & starts_with(head[4:], b"Adobe")),
        notes=tf.where(is_notes, found.position + 4, found.notes),
    )


def _length(head: tf.Tensor) -> tf.Tensor:
    """Bytes of a part that begins with a marker."""
    length = tf.where(_is_one_of(head[1], _BARE), 2, 2 + tf.maximum(2, big(head[2:4])))
    return tf.where(head[1] == _MARKER, 1, length)


def _garbage(head: tf.Tensor) -> tf.Tensor:
    """Bytes before the next marker, which decoders pass over."""
    is_marker = tf.cast(tf.concat([head == _MARKER, [True]], axis=0), tf.int32)
    return tf.argmax(is_marker, output_type=tf.int32)


def _is_one_of(kind: tf.Tensor, kinds: tuple[int, ...]) -> tf.Tensor:
    return tf.reduce_any(kind == kinds)
