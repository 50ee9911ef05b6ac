"""PNG files where Pillow alone loses something: 16-bit colours, and some opacities."""

from typing import IO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from metanet_tf.data.pictures import orientation
from metanet_tf.data.pictures.arrays import OPAQUE, scale_of, to_bytes
from metanet_tf.data.pictures.images import image_pixels, noted_orientation

# Ways to unpack that together keep all bytes of numbers of 16 bits.
_KEEPING = {
    "RGB;16B": ("RGB;16B", "RGB;16L"),  # The first byte of each; the second.
    "RGBA;16B": ("RGBA;16B", "RGBA;16L"),
    "LA;16B": ("RGBA",),  # Four bytes a pixel, as they are.
}
_MAX_GREY = {"L;2": 3, "L;4": 15}
_LARGEST = 65535


def png_pixels(
    image: Image.Image, stream: IO[bytes], *, max_pixels: int, name: str
) -> np.ndarray:
    """Decodes a PNG file.

    Args:
        image: the file as Pillow opened it, not yet loaded.
        stream: the file.
        max_pixels: largest width times height.
        name: for messages.

    Returns:
        uint8 [h, w, 4]: red, green, blue and opacity.
    """
    packing = image.tile[0][3]  # type: ignore[attr-defined]
    if packing in _KEEPING:
        numbers = _sixteen_bits(image, stream)
        pixels = _scaled(numbers, image.info.get("transparency"))
        return orientation.turn_upright(pixels, noted_orientation(image))
    largest = _MAX_GREY.get(packing)
    if largest and "transparency" in image.info:  # Pillow leaves this one unscaled.
        image.info["transparency"] *= OPAQUE // largest
    return image_pixels(image, max_pixels=max_pixels, name=name)


def _sixteen_bits(image: Image.Image, stream: IO[bytes]) -> np.ndarray:
    """Decodes numbers of 16 bits, uint16 [h, w, channels]; Pillow keeps 8 of them."""
    first, *others = _KEEPING[image.tile[0][3]]  # type: ignore[attr-defined]
    planes = [_decoded(image, first)]
    for packing in others:
        stream.seek(0)
        planes.append(_decoded(PngImageFile(stream), packing))
    high, low = planes if others else (planes[0][..., ::2], planes[0][..., 1::2])
    return high.astype(np.uint16) << 8 | low


def _decoded(image: Image.Image, packing: str) -> np.ndarray:
    image.tile = [  # type: ignore[attr-defined]
        tile[:3] + (packing,)
        for tile in image.tile  # type: ignore[attr-defined]
    ]
    return np.asarray(image)


def _scaled(numbers: np.ndarray, transparent: tuple[int, ...] | None) -> np.ndarray:
    """Makes uint8 [h, w, 4] of uint16 [h, w, 2, 3 or 4]; opacity is of 16 bits."""
    colours, opacity = numbers[..., :3], numbers[..., 3:]
    if numbers.shape[-1] == 2:
        colours, opacity = numbers[..., [0, 0, 0]], numbers[..., 1:]
    if numbers.shape[-1] == 3:
        is_seen = np.any(numbers != transparent, axis=-1, keepdims=True)
        opacity = np.where(is_seen, np.uint16(_LARGEST), np.uint16(0))
    scale = scale_of(colours.max())
    return np.concatenate([to_bytes(colours, scale), to_bytes(opacity, _LARGEST)], -1)
