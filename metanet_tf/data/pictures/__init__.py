"""Turns what people call a picture into its pixels, uint8 [h, w, 4]."""

from metanet_tf.data.pictures.arrays import read_arrays
from metanet_tf.data.pictures.files import PictureSize, picture_size
from metanet_tf.data.pictures.formats import picture_format
from metanet_tf.data.pictures.limits import (
    MAX_PIXELS,
    PictureError,
    PictureTooLargeError,
)
from metanet_tf.data.pictures.reading import read_pixels

__all__ = [
    "MAX_PIXELS",
    "PictureError",
    "PictureSize",
    "PictureTooLargeError",
    "picture_format",
    "picture_size",
    "read_arrays",
    "read_pixels",
]
