"""WebP files."""

from typing import NamedTuple

import tensorflow as tf

from metanet_tf.saved_model.decoding.content import (
    MAX_PARTS,
    little,
    numbers,
    starts_with,
    take,
)
from metanet_tf.saved_model.decoding.exif import turn_upright
from metanet_tf.saved_model.decoding.opacity import opaque
from metanet_tf.saved_model.decoding.requirements import require, require_size

_FIRST_CHUNK = 12  # Where the first part begins.
_HAS_NOTES, _IS_ANIMATION = 8, 2  # Bits of an extended file's flags.
_SIDES = 2**14  # As many there are in files that are not extended.
_FRAME_HEADER = 16  # Bytes of a frame before its pixels: place, size and others.
# An extended file of one picture with opacity, up to its size.
_STILL = b"WEBPVP8X\x0a\0\0\0\x10\0\0\0"
_BYTES = [bytes([number]) for number in range(256)]


class Chunks(NamedTuple):
    """Finds of a walk over all parts.

    Attributes:
        position: int32 [], of the next part.
        frames: int32 [], of an animation; 0 of others.
        first: int32 [], where the first frame begins.
        first_size: int32 [], its bytes.
        notes: int32 [], where EXIF notes begin; negative if there are none.
    """

    position: tf.Tensor
    frames: tf.Tensor
    first: tf.Tensor
    first_size: tf.Tensor
    notes: tf.Tensor


def decode_webp(content: tf.Tensor, max_pixels: int) -> tf.Tensor:
    """Decodes the first picture of a WebP file, uint8 [h, w, 4]."""
    head = numbers(content, 0, 30)
    flags = tf.where(starts_with(head[12:], b"VP8X"), head[20], 0)
    is_animation = flags & _IS_ANIMATION > 0
    width, height = _size(head)
    chunks = _chunks(content)
    is_walked = chunks.position >= _end(content)
    is_whole = tf.strings.length(content) >= _end(content)
    is_whole &= starts_with(head, b"RIFF")
    frames = tf.where(is_animation, chunks.frames, 1)
    with tf.control_dependencies(
        [
            require(is_whole, lambda: ["is cut off or damaged"]),
            require(is_walked, lambda: [f"has more than {MAX_PARTS:,} parts"]),
            require(frames > 0, lambda: ["is an animation without pictures"]),
            require_size(width, height, frames, max_pixels),
        ]
    ):
        # Whole animations are not decoded: TensorFlow writes past the end of its
        # memory for those without opacity.
        picture = tf.cond(
            is_animation,
            lambda: _decode_frame(content, chunks, width, height),
            lambda: _decode_still(content),
        )
    notes = tf.where(flags & _HAS_NOTES > 0, chunks.notes, -1)
    return turn_upright(picture, content, notes)


def _decode_still(content: tf.Tensor) -> tf.Tensor:
    return opaque(tf.io.decode_webp(content)[0])[..., :4]


def _decode_frame(
    content: tf.Tensor, chunks: Chunks, width: tf.Tensor, height: tf.Tensor
) -> tf.Tensor:
    """Decodes the first frame and lays it on a transparent canvas."""
    head = numbers(content, chunks.first, _FRAME_HEADER)
    left, top = little(head[:3]) * 2, little(head[3:6]) * 2
    right = width - left - little(head[6:9]) - 1
    bottom = height - top - little(head[9:12]) - 1
    does_fit = (right >= 0) & (bottom >= 0)
    with tf.control_dependencies([require(does_fit, lambda: ["is damaged"])]):
        frame = _decode_still(_still(content, chunks))
    return tf.pad(frame, [[top, bottom], [left, right], [0, 0]])


def _still(content: tf.Tensor, chunks: Chunks) -> tf.Tensor:
    """Makes a file of the first frame, string []."""
    pixels_at = chunks.first + _FRAME_HEADER
    pixels = take(content, pixels_at, chunks.first_size - _FRAME_HEADER)
    size = take(content, chunks.first + 6, 6)  # As extended files have it too.
    file = tf.strings.join([_STILL, size, pixels])
    length = tf.strings.length(file) // [1, 2**8, 2**16, 2**24] % 256
    return tf.strings.join(
        [b"RIFF", tf.strings.reduce_join(tf.gather(_BYTES, length)), file]
    )


def _size(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Width and height, int32 [] each; 0 if they are not told."""
    name = head[12:]
    both = little(head[21:25])
    sizes = [
        (b"VP8X", little(head[24:27]) + 1, little(head[27:30]) + 1),
        (b"VP8L", both % _SIDES + 1, both // _SIDES % _SIDES + 1),
        (b"VP8 ", little(head[26:28]) % _SIDES, little(head[28:30]) % _SIDES),
    ]
    width = height = tf.constant(0)
    for kind, found_width, found_height in sizes:
        is_kind = starts_with(name, kind)
        width = tf.where(is_kind, found_width, width)
        height = tf.where(is_kind, found_height, height)
    return width, height


def _chunks(content: tf.Tensor) -> Chunks:
    nothing = tf.constant(-1)
    start = Chunks(tf.constant(_FIRST_CHUNK), tf.constant(0), nothing, nothing, nothing)
    end = tf.minimum(_end(content), tf.strings.length(content))
    (chunks,) = tf.while_loop(
        lambda chunks: chunks.position < end,
        lambda chunks: [_next(content, chunks)],
        [start],
        maximum_iterations=MAX_PARTS,
    )
    return chunks


def _end(content: tf.Tensor) -> tf.Tensor:
    """Position where, as the file says, its last part ends; the rest is foreign."""
    return tf.minimum(little(numbers(content, 4, 4)), tf.int32.max - 8) + 8


def _next(content: tf.Tensor, chunks: Chunks) -> Chunks:
    head = numbers(content, chunks.position, 8)
    start, size = (
        chunks.position + 8,
        tf.minimum(little(head[4:]), tf.strings.length(content)),
    )
    is_frame, is_notes = starts_with(head, b"ANMF"), starts_with(head, b"EXIF")
    is_first = is_frame & (chunks.frames == 0)
    return Chunks(
        position=start + size + size % 2,
        frames=chunks.frames + tf.cast(is_frame, tf.int32),
        first=tf.where(is_first, start, chunks.first),
        first_size=tf.where(is_first, size, chunks.first_size),
        notes=tf.where(is_notes, start, chunks.notes),
    )
