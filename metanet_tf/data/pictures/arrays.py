"""Pixels of arrays, whatever numbers they count brightness in."""

from typing import Any

import numpy as np

from metanet_tf.data.pictures.limits import MAX_PIXELS, PictureError, check_size

OPAQUE = 255
# What white is counted as: masks, 8 x 8 digits of scikit-learn, 8, 10, 12, 16 bits.
SCALES = (1, 16, 255, 1023, 4095, 65535)
NOISE = 1e-3  # By so much of the scale may computed numbers leave it.
# Floats above 1 and below this are [0, 1] after an interpolation that overshoots
# rather than [0, 16]: nobody could say where their white is.
_UNCLEAR = 2.0
SHAPE = "Give [height, width] or [height, width, channels] with up to 4 channels."


def read_arrays(
    arrays: Any, *, max_pixels: int = MAX_PIXELS, name: str = "the array"
) -> np.ndarray:
    """Makes pixels of pictures of one size, with one scale for all of them.

    White is the smallest of SCALES that no number exceeds. A batch has one scale,
    so that a dark picture among others stays dark; a picture read on its own has its
    own scale.

    Args:
        arrays: bools or numbers [n, h, w] or [n, h, w, channels]; up to 4 channels:
            grey, or colours, and opacity last if they are even in number.
        max_pixels: largest h times w.
        name: for messages.

    Returns:
        uint8 [n, h, w, 4]: red, green, blue and opacity, in [0, 255].

    Raises:
        PictureError: if that is no batch of pictures, or numbers are negative, not
            finite, or larger than 65,535.
    """
    numbers = _with_channels(_numbers(arrays, name), name)
    height, width = numbers.shape[1:3]
    check_size(height * width, 1, max_pixels=max_pixels, name=name)
    return _with_opacity(_to_bytes(numbers, name))


def to_bytes(numbers: np.ndarray, scale: int) -> np.ndarray:
    """Rounds numbers in [0, scale] to uint8 in [0, 255]."""
    if numbers.dtype.kind == "f":
        clipped = np.clip(numbers.astype(np.float32), 0, scale)
        return np.round(clipped * (OPAQUE / scale)).astype(np.uint8)
    if numbers.dtype == np.uint8 and scale == OPAQUE:
        return numbers
    scaled = numbers.astype(np.uint32) * OPAQUE
    return ((scaled + scale // 2) // scale).astype(np.uint8)


def scale_of(largest: float) -> int:
    """Returns the smallest of SCALES that is at least `largest`, at most the last."""
    return next((s for s in SCALES if largest <= s * (1 + NOISE)), SCALES[-1])


def _numbers(arrays: Any, name: str) -> np.ndarray:
    try:
        numbers = np.asarray(arrays)
    except ValueError as error:  # Lists of rows that differ in length.
        raise PictureError(name, f"is no array ({error})", SHAPE) from error
    if numbers.dtype.kind not in "biuf":
        raise PictureError(
            name,
            f"is an array of {numbers.dtype}, not of numbers",
            "Give numbers, a file's path or its content.",
        )
    return numbers


def _with_channels(numbers: np.ndarray, name: str) -> np.ndarray:
    if numbers.ndim == 3:
        numbers = numbers[..., np.newaxis]
    shape = numbers.shape[1:]
    if numbers.ndim != 4 or 0 in shape or shape[-1] > 4:
        raise PictureError(name, f"has the shape {list(shape)}", SHAPE)
    return numbers


def _to_bytes(numbers: np.ndarray, name: str) -> np.ndarray:
    if not numbers.size:
        return numbers.astype(np.uint8)
    lowest, largest = float(numbers.min()), float(numbers.max())
    if not (np.isfinite(lowest) and np.isfinite(largest)):
        raise PictureError(
            name,
            "has numbers that are not finite",
            "Replace what is NaN or infinite.",
        )
    scale = scale_of(largest)
    is_unclear = numbers.dtype.kind == "f" and scale > 1 and largest < _UNCLEAR
    if lowest < -NOISE * scale or largest > SCALES[-1] or is_unclear:
        raise PictureError(
            name,
            f"has numbers in [{lowest:g}, {largest:g}]",
            "Bring them to [0, 1], or to integers in [0, 255].",
        )
    return to_bytes(numbers, scale)


def _with_opacity(pixels: np.ndarray) -> np.ndarray:
    """Makes uint8 [n, h, w, 4] of grey or colours, with or without opacity."""
    channels = pixels.shape[-1]
    if channels % 2:
        opacity = np.full_like(pixels[..., :1], OPAQUE)
        pixels = np.concatenate([pixels, opacity], axis=-1)
    if channels <= 2:
        pixels = pixels[..., [0, 0, 0, 1]]
    return pixels
