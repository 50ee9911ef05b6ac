"""Which way up a JPEG file is meant: its camera notes it, and decoders ignore it."""

import tensorflow as tf

_HEAD = 4096  # Bytes that the notes (EXIF) begin in: they come first in a file.
# The note on orientation is its tag, 0x0112, a type, a count and the value, in the
# order of bytes that the notes begin with. \1 becomes the value.
_NOTE = (
    r"(?s)^.*?Exif\x00\x00"
    r"(?:MM.*?\x01\x12\x00\x03\x00\x00\x00\x01\x00"
    r"|II.*?\x12\x01\x03\x00\x01\x00\x00\x00)"
    r"([\x01-\x08]).*$"
)
_UPRIGHT = b"\x01"
# Steps through rows and columns for values 1 to 4; the same transposed for 5 to 8.
_STEPS = [[1, 1], [1, -1], [-1, -1], [-1, 1]]


def turn_upright(picture: tf.Tensor, encoded_jpeg: tf.Tensor) -> tf.Tensor:
    """Turns and mirrors the pixels of a JPEG file as its camera noted.

    Args:
        picture: uint8 [h, w, channels], what a decoder made of the file.
        encoded_jpeg: string [], the file's content.

    Returns:
        uint8 [h, w, channels] or [w, h, channels].
    """
    place = _orientation(encoded_jpeg) - 1
    rows, columns = tf.unstack(tf.gather(_STEPS, place % 4))
    order = tf.where(place < 4, [0, 1, 2], [1, 0, 2])
    return tf.transpose(picture, order)[::rows, ::columns]


def _orientation(encoded_jpeg: tf.Tensor) -> tf.Tensor:
    """EXIF's number, int32 [] in [1, 8]; 1, upright, where there is none."""
    head = tf.strings.substr(encoded_jpeg, 0, _HEAD)
    # Patterns are for text: every byte becomes a letter.
    letters = tf.strings.unicode_transcode(head, "ISO-8859-1", "UTF-8")
    value = tf.strings.regex_replace(letters, _NOTE, r"\1")
    is_found = tf.strings.length(value) == 1
    number = tf.io.decode_raw(tf.where(is_found, value, _UPRIGHT), tf.uint8)[0]
    return tf.cast(number, tf.int32)
