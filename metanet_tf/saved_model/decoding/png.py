"""PNG files, of every depth and kind of colour."""

from typing import NamedTuple

import tensorflow as tf

from metanet_tf.data.pictures.arrays import NOISE, OPAQUE, SCALES
from metanet_tf.saved_model.decoding.content import (
    MAX_PARTS,
    big,
    numbers,
    starts_with,
)
from metanet_tf.saved_model.decoding.exif import turn_upright
from metanet_tf.saved_model.decoding.opacity import opaque
from metanet_tf.saved_model.decoding.requirements import require_size

_FIRST_CHUNK = 33  # Where the one behind the header begins.
_CHUNK_FRAME = 12  # Bytes of a chunk beside its content: length, name and checksum.
_WITH_OPACITY = 4  # Bit of the kind of colour.


class Chunks(NamedTuple):
    """Facts about a PNG file that a decoder does not tell.

    Attributes:
        position: int32 [], of the next chunk.
        is_end: bool [].
        frames: int32 [], of an animation; 1 of others.
        has_transparent: bool [], whether colours are said to be transparent.
        notes: int32 [], where EXIF notes begin; negative if there are none.
    """

    position: tf.Tensor
    is_end: tf.Tensor
    frames: tf.Tensor
    has_transparent: tf.Tensor
    notes: tf.Tensor


def decode_png(content: tf.Tensor, max_pixels: int) -> tf.Tensor:
    """Decodes the first picture of a PNG file, uint8 [h, w, 4]."""
    header = numbers(content, 0, _FIRST_CHUNK)
    chunks = _chunks(content)
    width, height = big(header[16:20]), big(header[20:24])
    with tf.control_dependencies(
        [require_size(width, height, chunks.frames, max_pixels)]
    ):
        has_opacity = chunks.has_transparent | (header[25] & _WITH_OPACITY > 0)
    picture = tf.cond(
        header[24] == 16,
        lambda: _decode_sixteen_bits(content),
        lambda: _decode_eight_bits(content, has_opacity),
    )
    return turn_upright(picture, content, chunks.notes)


def _chunks(content: tf.Tensor) -> Chunks:
    """Reads the names of a file's chunks and the beginnings of some."""
    start = Chunks(
        position=tf.constant(_FIRST_CHUNK),
        is_end=tf.constant(False),
        frames=tf.constant(1),
        has_transparent=tf.constant(False),
        notes=tf.constant(-1),
    )
    (chunks,) = tf.while_loop(
        lambda chunks: ~chunks.is_end,
        lambda chunks: [_next(content, chunks)],
        [start],
        maximum_iterations=MAX_PARTS,
    )
    return chunks


def _next(content: tf.Tensor, chunks: Chunks) -> Chunks:
    head = numbers(content, chunks.position, 12)
    name = head[4:8]
    end = chunks.position + tf.minimum(big(head[:4]), tf.strings.length(content))
    # Behind the end of a cut file there are zeros.
    is_end = starts_with(name, b"IEND") | tf.reduce_all(name == 0)
    return Chunks(
        position=end + _CHUNK_FRAME,
        is_end=is_end,
        frames=tf.where(starts_with(name, b"acTL"), big(head[8:]), chunks.frames),
        has_transparent=chunks.has_transparent | starts_with(name, b"tRNS"),
        notes=tf.where(starts_with(name, b"eXIf"), chunks.position + 8, chunks.notes),
    )


def _decode_eight_bits(content: tf.Tensor, has_opacity: tf.Tensor) -> tf.Tensor:
    # The decoder's own opacity of what has none is right for 8 bits alone.
    return tf.cond(
        has_opacity,
        lambda: tf.io.decode_png(content, channels=4),
        lambda: opaque(tf.io.decode_png(content, channels=3)),
    )


def _decode_sixteen_bits(content: tf.Tensor) -> tf.Tensor:
    """Decodes numbers of 16 bits, of which a scan may use 10 or 12."""
    decoded = tf.io.decode_png(content, channels=4, dtype=tf.uint16)
    numbers = tf.cast(decoded, tf.int32)
    colours, opacity = numbers[..., :3], numbers[..., 3:]
    scale = _scale_of(tf.reduce_max(colours))
    return tf.concat([_to_bytes(colours, scale), _to_bytes(opacity, SCALES[-1])], -1)


def _scale_of(largest: tf.Tensor) -> tf.Tensor:
    """Returns what white is counted as: see `data.pictures.arrays`."""
    is_less = tf.cast(largest, tf.float64) > [s * (1 + NOISE) for s in SCALES[:-1]]
    return tf.gather(SCALES, tf.reduce_sum(tf.cast(is_less, tf.int32)))


def _to_bytes(numbers: tf.Tensor, scale: tf.Tensor | int) -> tf.Tensor:
    every = tf.minimum(tf.range(SCALES[-1] + 1), scale) * OPAQUE
    return tf.gather(tf.cast((every + scale // 2) // scale, tf.uint8), numbers)
