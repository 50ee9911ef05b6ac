"""The decoder that every format goes through."""

import functools
from collections.abc import Callable

import tensorflow as tf

from metanet_tf.data.pictures import MAX_PIXELS
from metanet_tf.saved_model.decoding.bmp import decode_bmp
from metanet_tf.saved_model.decoding.formats import FORMATS, describe, picture_format
from metanet_tf.saved_model.decoding.jpeg import decode_jpeg
from metanet_tf.saved_model.decoding.png import decode_png
from metanet_tf.saved_model.decoding.requirements import require
from metanet_tf.saved_model.decoding.webp import decode_webp

_DECODERS = {
    "PNG": decode_png,
    "JPEG": decode_jpeg,
    "WebP": decode_webp,
    "BMP": decode_bmp,
}


def decode_picture(
    encoded_picture: tf.Tensor, max_pixels: int = MAX_PIXELS
) -> tf.Tensor:
    """Decodes a picture file of one of FORMATS, and turns it upright.

    The pixels are those of `data.pictures.read_pixels`.

    Args:
        encoded_picture: string [], the file's content. Of an animation the first
            picture counts.
        max_pixels: largest width times height times frames of an animation, which
            are read from the header before anything is decoded.

    Returns:
        uint8 [h, w, 4]: red, green, blue and opacity.

    Raises:
        tf.errors.InvalidArgumentError: if the file is damaged, too large or of
            another format; the message says which.
    """
    return _decoder(max_pixels)(encoded_picture)


@functools.cache
def _decoder(max_pixels: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns `decode_picture` as one graph: tracing takes a second."""

    def decode(content: tf.Tensor) -> tf.Tensor:
        index = picture_format(content)
        is_known = require(index >= 0, lambda: _other(content))
        with tf.control_dependencies([is_known]):
            index = tf.identity(index)
        branches = [
            lambda decode=_DECODERS[name]: decode(content, max_pixels)
            for name in FORMATS
        ]
        return tf.ensure_shape(tf.switch_case(index, branches), [None, None, 4])

    return tf.function(
        decode, input_signature=[tf.TensorSpec([], tf.string)], autograph=False
    )


def _other(content: tf.Tensor) -> list[str | tf.Tensor]:
    expected = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
    return ["is ", describe(content), f". Save it as {expected}"]
