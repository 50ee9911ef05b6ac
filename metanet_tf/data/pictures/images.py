"""Pixels of Pillow's images of every mode."""

import functools

import numpy as np
from PIL import Image, ImageCms

from metanet_tf.data.pictures import orientation
from metanet_tf.data.pictures.arrays import read_arrays

_NUMBERS = ("I", "F")  # Modes that begin so count brightness in larger numbers.


def image_pixels(image: Image.Image, *, max_pixels: int, name: str) -> np.ndarray:
    """Decodes an image and turns it upright.

    Args:
        image: of any mode. Integers of more than 8 bits and floats have the scale
            that `read_arrays` finds.
        max_pixels: largest width times height.
        name: for messages.

    Returns:
        uint8 [h, w, 4]: red, green, blue and opacity.
    """
    image.load()
    if image.mode.startswith(_NUMBERS):
        pixels = _scaled(image, max_pixels, name)
    else:
        pixels = np.asarray(_in_colour(image))
    return orientation.turn_upright(pixels, noted_orientation(image))


def noted_orientation(image: Image.Image) -> object:
    """Returns EXIF's value, an integer if it is as it should be; upright if none."""
    try:
        return image.getexif().get(orientation.TAG, orientation.UPRIGHT)
    except Exception:  # Damaged notes say nothing; the picture is whole.
        return orientation.UPRIGHT


def _scaled(image: Image.Image, max_pixels: int, name: str) -> np.ndarray:
    numbers = np.asarray(image)
    (pixels,) = read_arrays(numbers[np.newaxis], max_pixels=max_pixels, name=name)
    transparent = image.info.get("transparency")
    if transparent is not None:
        pixels[numbers == transparent, -1] = 0
    return pixels


def _in_colour(image: Image.Image) -> Image.Image:
    """Converts an image to red, green, blue and opacity."""
    if image.mode == "LAB":
        image = _lab_to_rgb().apply(image)
    elif image.mode == "La":
        image = image.convert("LA")
    return image.convert("RGBA")


@functools.cache
def _lab_to_rgb() -> ImageCms.ImageCmsTransform:
    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, rgb, "LAB", "RGB")
