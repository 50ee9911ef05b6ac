"""Reading of everything that people call a picture: into pixels, here alone."""

import io
import os
import stat
from typing import IO, Any

import numpy as np
from PIL import Image

from metanet_tf.data.pictures.arrays import SHAPE, read_arrays
from metanet_tf.data.pictures.files import damage_named, opened, size_of
from metanet_tf.data.pictures.images import image_pixels
from metanet_tf.data.pictures.limits import MAX_PIXELS, PictureError, check_size
from metanet_tf.data.pictures.png import png_pixels


def read_pixels(
    picture: Any, *, max_pixels: int = MAX_PIXELS, name: str | None = None
) -> np.ndarray:
    """Returns the pixels of a picture, upright.

    Files are known by their content, whatever they are named: PNG, JPEG, WebP, BMP,
    GIF, TIFF, PNM, AVIF, and HEIC where `pillow-heif` is installed. Of an animation
    or of pages the first picture counts.

    Args:
        picture: path of a file; its content, as bytes or a binary stream; image of
            Pillow; or array [h, w] or [h, w, channels] as in `read_arrays`.
        max_pixels: largest width times height times frames of an animation, which
            are known before anything is decoded.
        name: of the picture in messages; its path by default.

    Returns:
        uint8 [h, w, 4]: red, green, blue and opacity, in [0, 255].

    Raises:
        PictureError: if it cannot be read; the message says which and why.
    """
    if isinstance(picture, (str, os.PathLike)):
        path = os.path.expanduser(os.fspath(picture))
        name = name or os.fsdecode(path)
        with _open(path, name) as file:
            return _read_file(file, max_pixels, name)
    name = name or "the picture"
    if isinstance(picture, Image.Image):
        return _read_image(picture, max_pixels, name)
    stream = _stream(picture, name)
    if stream is not None:
        return _read_file(stream, max_pixels, name)
    batch = _batch_of_one(picture, name)
    return read_arrays(batch, max_pixels=max_pixels, name=name)[0]


def _stream(picture: Any, name: str) -> IO[bytes] | None:
    """The content of a file as a stream; None if `picture` is none."""
    is_bytes = isinstance(picture, memoryview) and picture.ndim == 1
    if is_bytes or isinstance(picture, (bytes, bytearray)):
        return io.BytesIO(picture)
    if isinstance(picture, io.TextIOBase):
        raise PictureError(name, "is a stream of text", "Open it with mode 'rb'.")
    if hasattr(picture, "read"):
        return io.BytesIO(picture.read())
    return None


def _batch_of_one(picture: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(picture)[np.newaxis]
    except ValueError as error:  # Rows of different lengths.
        raise PictureError(name, f"is no array ({error})", SHAPE) from error


def _open(path: str, name: str) -> IO[bytes]:
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return open(path, "rb")
    except FileNotFoundError as error:
        raise PictureError(name, "does not exist", "Correct its name.") from error
    except (OSError, ValueError) as error:  # ValueError: no name for a file.
        raise PictureError(
            name, f"cannot be opened ({error})", "Give access to it or leave it out."
        ) from error
    what = "a folder" if stat.S_ISDIR(mode) else "no file but a device or a pipe"
    raise PictureError(name, f"is {what}", "Give picture files, or a folder of some.")


def _read_file(stream: IO[bytes], max_pixels: int, name: str) -> np.ndarray:
    with opened(stream, name) as image:
        _check_size(image, max_pixels, name)
        if image.format == "PNG":
            return png_pixels(image, stream, max_pixels=max_pixels, name=name)
        return image_pixels(image, max_pixels=max_pixels, name=name)


def _read_image(image: Image.Image, max_pixels: int, name: str) -> np.ndarray:
    _check_size(image, max_pixels, name)
    with damage_named("an image of Pillow", name):
        return image_pixels(image, max_pixels=max_pixels, name=name)


def _check_size(image: Image.Image, max_pixels: int, name: str) -> None:
    size = size_of(image)
    check_size(size.width * size.height, size.frames, max_pixels=max_pixels, name=name)
