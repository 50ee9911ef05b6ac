"""From the content of a picture file to its pixels, inside the graph."""

import tensorflow as tf

from metanet_tf.serving.orientation import turn_upright

FORMATS = ("PNG", "JPEG", "WebP", "BMP")
_PNG, _JPEG, _WEBP, _BMP = range(len(FORMATS))
_HEAD = 12  # Bytes that tell the formats apart.
_OPAQUE = 255


def picture_format(encoded_pictures: tf.Tensor) -> tf.Tensor:
    """Index into FORMATS by how the files begin, int32 [...]; -1 for others.

    Args:
        encoded_pictures: string [...], contents of files.
    """
    # Filled up, since a part of a string must not begin behind its end.
    heads = tf.strings.substr(encoded_pictures, 0, _HEAD) + b"\0" * _HEAD
    found = tf.fill(tf.shape(heads), -1)
    for index, is_format in enumerate(
        [
            _has(heads, 0, b"\x89PNG"),
            _has(heads, 0, b"\xff\xd8\xff"),
            _has(heads, 0, b"RIFF") & _has(heads, 8, b"WEBP"),
            _has(heads, 0, b"BM"),
        ]
    ):
        found = tf.where(is_format, index, found)
    return found


def decode_picture(encoded_picture: tf.Tensor) -> tf.Tensor:
    """Decodes a picture file of one of FORMATS.

    Args:
        encoded_picture: string [], the file's content. Of an animation the first
            picture counts; a JPEG is turned upright if its camera noted how.

    Returns:
        uint8 [h, w, 4]: red, green, blue and opacity.

    Raises:
        tf.errors.InvalidArgumentError: if the file is damaged or of another format.
    """
    branches = {
        _PNG: lambda: tf.io.decode_png(encoded_picture, channels=4),
        _JPEG: lambda: _opaque(_decode_jpeg(encoded_picture)),
        _WEBP: lambda: _opaque(tf.io.decode_webp(encoded_picture)[0]),
        # The fourth byte of a BMP's pixel is a filler as often as an opacity.
        _BMP: lambda: _opaque(tf.io.decode_bmp(encoded_picture, channels=3)),
    }
    # Others reach the last branch, which says what they are not.
    index = picture_format(encoded_picture) % len(FORMATS)
    picture = tf.switch_case(index, branches)
    return tf.ensure_shape(picture, [None, None, 4])


def _decode_jpeg(encoded_picture: tf.Tensor) -> tf.Tensor:
    picture = tf.io.decode_jpeg(encoded_picture, channels=3)
    return turn_upright(picture, encoded_picture)


def _has(heads: tf.Tensor, position: int, beginning: bytes) -> tf.Tensor:
    return tf.strings.substr(heads, position, len(beginning)) == beginning


def _opaque(picture: tf.Tensor) -> tf.Tensor:
    """Appends the opacity to uint8 [h, w, 3]; leaves [h, w, 4] as it is."""
    opacity = tf.fill(tf.shape(picture[..., :1]), tf.constant(_OPAQUE, tf.uint8))
    return tf.concat([picture, opacity], axis=-1)[..., :4]
