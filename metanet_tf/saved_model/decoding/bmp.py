"""BMP files of every depth, with and without a palette.

TensorFlow's own decoder takes places in a palette for grey levels.
"""

from typing import NamedTuple

import tensorflow as tf

from metanet_tf.data.pictures.arrays import OPAQUE
from metanet_tf.saved_model.decoding.content import little, numbers, take
from metanet_tf.saved_model.decoding.opacity import opaque
from metanet_tf.saved_model.decoding.requirements import require, require_size

_FILE_HEADER = 14  # Bytes before the header proper.
_OLD_HEADER = 12  # Bytes of the header proper that OS/2 writes.
_MASKS = _FILE_HEADER + 40
_MASKED_OPACITY = 56  # Headers from so many bytes on have a mask of opacity.
_PLAIN, _MASKED = 0, 3  # Kinds of compression; the others compress.
_DEPTHS = (1, 4, 8, 16, 24, 32)
_BLUE_FIRST = [[0, 0, 255, 0], [0, 255, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]
_FIVE_BITS = (0x7C00, 0x03E0, 0x001F)
_SIX_BITS_OF_GREEN = (0xF800, 0x07E0, 0x001F)


class Header(NamedTuple):
    """Header of a BMP file, int32 [] each.

    Attributes:
        start: where the pixels begin.
        size: of the header proper, in bytes.
        width, height: in pixels; the height is negative if the first row is on top.
        depth: bits of a pixel.
        compression: kind of it.
        colours: of the palette; 0 for as many as there can be.
    """

    start: tf.Tensor
    size: tf.Tensor
    width: tf.Tensor
    height: tf.Tensor
    depth: tf.Tensor
    compression: tf.Tensor
    colours: tf.Tensor


def decode_bmp(content: tf.Tensor, max_pixels: int) -> tf.Tensor:
    """Decodes a BMP file that is not compressed, uint8 [h, w, 4]."""
    header = _header(content)
    with tf.control_dependencies(_requirements(header, max_pixels)):
        rows = _rows(content, header)
    picture = tf.switch_case(
        tf.reduce_sum(tf.cast(header.depth > _DEPTHS, tf.int32)),
        [
            lambda: _indexed(content, header, rows, 1),
            lambda: _indexed(content, header, rows, 4),
            lambda: _indexed(content, header, rows, 8),
            lambda: _of_two_bytes(content, header, rows),
            lambda: opaque(_pixels(header, rows, 3)[..., ::-1]),
            lambda: _of_four_bytes(content, header, rows),
        ],
    )
    step = tf.where(header.height < 0, 1, -1)
    return tf.ensure_shape(picture[::step], [None, None, 4])


def _header(content: tf.Tensor) -> Header:
    head = numbers(content, 0, _FILE_HEADER + 40)
    proper = head[_FILE_HEADER:]
    size = little(proper[:4])
    is_old = size == _OLD_HEADER
    old = [little(proper[at : at + 2]) for at in (4, 6, 10)] + [_PLAIN, 0]
    new = [_signed(proper[4:8]), _signed(proper[8:12]), little(proper[14:16])]
    new += [little(proper[16:20]), little(proper[32:36])]
    others = tf.unstack(tf.where(is_old, tf.stack(old), tf.stack(new)))
    return Header(little(head[10:14]), size, *others)


def _signed(values: tf.Tensor) -> tf.Tensor:
    return tf.bitcast(tf.cast(values, tf.uint8), tf.int32)


def _requirements(header: Header, max_pixels: int) -> list[tf.Tensor]:
    is_plain = (header.compression == _PLAIN) | (header.compression == _MASKED)
    height = tf.abs(tf.maximum(header.height, -tf.int32.max))
    return [
        require(is_plain, lambda: ["is a compressed BMP picture. Save it as PNG"]),
        require(
            tf.reduce_any(header.depth == _DEPTHS),
            lambda: [tf.strings.format("is a BMP picture of {} bits", header.depth)],
        ),
        require_size(header.width, height, tf.constant(1), max_pixels),
    ]


def _rows(content: tf.Tensor, header: Header) -> tf.Tensor:
    """Reads the rows as they stand in the file, uint8 [h, bytes]."""
    # In 64 bits, since some products overflow others.
    bits = tf.cast(header.width, tf.int64) * tf.cast(header.depth, tf.int64)
    row_size, height = (bits + 31) // 32 * 4, tf.abs(header.height)
    size = tf.minimum(row_size * tf.cast(height, tf.int64), tf.int32.max)
    size = tf.cast(size, tf.int32)
    rows = tf.io.decode_raw(take(content, _start(header), size), tf.uint8)
    missing = size - tf.size(rows)
    # Some programs leave out the filler of the last row.
    is_whole = tf.cast(missing, tf.int64) <= row_size - (bits + 7) // 8
    with tf.control_dependencies(
        [require(is_whole, lambda: ["is cut off or damaged"])]
    ):
        rows = tf.pad(rows, [[0, missing]])
    return tf.reshape(rows, [height, -1])


def _start(header: Header) -> tf.Tensor:
    """Position of the pixels: behind the palette, even if a file denies it."""
    palette = _FILE_HEADER + header.size
    is_denied = (header.depth <= 8) & (header.start == palette)
    return header.start + tf.where(is_denied, _palette_size(header), 0)


def _palette_size(header: Header) -> tf.Tensor:
    most = tf.bitwise.left_shift(1, tf.minimum(header.depth, 8))
    is_told = (header.colours > 0) & (header.colours <= most)
    return tf.where(is_told, header.colours, most) * _colour_size(header)


def _colour_size(header: Header) -> tf.Tensor:
    return tf.where(header.size == _OLD_HEADER, 3, 4)


def _indexed(
    content: tf.Tensor, header: Header, rows: tf.Tensor, depth: int
) -> tf.Tensor:
    """Looks places of 1, 4 or 8 bits up in the palette."""
    shifts = tf.constant([*range(8 - depth, -1, -depth)], tf.uint8)
    parts = tf.bitwise.right_shift(rows[..., tf.newaxis], shifts)
    places = tf.bitwise.bitwise_and(parts, tf.constant(2**depth - 1, tf.uint8))
    places = tf.reshape(places, [tf.shape(rows)[0], -1])[:, : header.width]
    return opaque(tf.gather(_palette(content, header), tf.cast(places, tf.int32)))


def _palette(content: tf.Tensor, header: Header) -> tf.Tensor:
    """Reads colours, uint8 [256, 3]; black where there are none."""
    found = take(content, _FILE_HEADER + header.size, _palette_size(header))
    numbers = tf.io.decode_raw(found, tf.uint8)
    size = _colour_size(header)
    told = tf.size(numbers) // size
    colours = tf.reshape(numbers[: told * size], [told, size])[:, 2::-1]
    return tf.pad(colours, [[0, 256 - told], [0, 0]])


def _of_two_bytes(content: tf.Tensor, header: Header, rows: tf.Tensor) -> tf.Tensor:
    """Takes 5 bits of each colour, or 6 of green, apart."""
    masks = tf.unstack(_masks(content), axis=0)[:3]
    masks = tf.stack([little(mask) for mask in masks])
    masks = tf.where(header.compression == _MASKED, masks, _FIVE_BITS)
    has_six = tf.reduce_all(masks == _SIX_BITS_OF_GREEN)
    is_known = has_six | tf.reduce_all(masks == _FIVE_BITS)
    with tf.control_dependencies([_require_known(is_known)]):
        values = little(_pixels(header, rows, 2))[..., tf.newaxis]
    shifts = tf.where(has_six, [11, 5, 0], [10, 5, 0])
    most = tf.where(has_six, [31, 63, 31], [31, 31, 31])
    parts = tf.bitwise.bitwise_and(tf.bitwise.right_shift(values, shifts), most)
    return opaque(tf.cast(parts * OPAQUE // most, tf.uint8))


def _of_four_bytes(content: tf.Tensor, header: Header, rows: tf.Tensor) -> tf.Tensor:
    """Puts bytes into the order red, green, blue, opacity."""
    masks = _masks(content)
    is_told = (header.compression == _MASKED) & tf.reduce_any(masks > 0)
    masks = tf.where(is_told, masks, _BLUE_FIRST)
    is_byte = tf.reduce_all(tf.sort(masks) == [0, 0, 0, OPAQUE], axis=-1)
    with tf.control_dependencies([_require_known(tf.reduce_all(is_byte[:3]))]):
        order = tf.argmax(masks, axis=-1)
    pixels = tf.gather(_pixels(header, rows, 4), order, axis=-1)
    # The fourth byte is a filler as often as an opacity, unless masks are meant.
    has_opacity = (header.size >= _MASKED_OPACITY) & is_byte[3] | ~is_told
    has_opacity &= header.compression == _MASKED
    return tf.cond(has_opacity, lambda: pixels, lambda: opaque(pixels[..., :3]))


def _masks(content: tf.Tensor) -> tf.Tensor:
    """Bytes of the masks of red, green, blue and opacity, int32 [4, 4]."""
    return tf.reshape(numbers(content, _MASKS, 16), [4, 4])


def _require_known(is_known: tf.Tensor) -> tf.Tensor:
    return require(is_known, lambda: ["is a BMP picture of unusual colour masks"])


def _pixels(header: Header, rows: tf.Tensor, size: int) -> tf.Tensor:
    """Cuts rows into pixels, uint8 [h, w, size]."""
    height = tf.shape(rows)[0]
    return tf.reshape(rows[:, : header.width * size], [height, header.width, size])
