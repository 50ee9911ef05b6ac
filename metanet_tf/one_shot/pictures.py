"""From what people call a picture to what the network sees.

Pictures are files, their contents, arrays or what NumPy can make an array of.
"""

import os
import pathlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from metanet_tf.errors import InputError
from metanet_tf.one_shot.network import Network
from metanet_tf.serving.decoding import FORMATS

_AT_ONCE = 256  # Arrays; bounds memory.
_OPAQUE = 255


class Prepared(NamedTuple):
    """Pictures as the network sees them.

    Attributes:
        images: float32 [n, H, W, C] in [0, 1]; ink 1, paper 0.
        names: what to call each in a message: its file, or its place.
    """

    images: np.ndarray
    names: list[str]


def prepare(network: Network, pictures: Any, ink: str) -> Prepared:
    """Makes pictures like training images, in the network's own graph.

    Args:
        network: does the work.
        pictures: an array [n, h, w] or [n, h, w, channels]; or a sequence of
            pictures, each a path, bytes of a file, or array [h, w] or [h, w,
            channels]. Channels are grey, colours, and opacity if even in number.
        ink: "detect", "dark" or "light".

    Raises:
        InputError: if one cannot be read; the message names it.
    """
    if isinstance(pictures, np.ndarray) and pictures.dtype.kind in "biuf":
        names = [f"picture {index}" for index in range(len(pictures))]
        return Prepared(_prepare_arrays(network, pictures, ink), names)
    if isinstance(pictures, (str, bytes, os.PathLike)):
        raise InputError(
            "`images` must be a list of pictures. Received: one. Put it in brackets."
        )
    names = [_name(picture, index) for index, picture in enumerate(pictures)]
    images = [
        _prepare_one(network, picture, name, ink)
        for picture, name in zip(pictures, names, strict=True)
    ]
    empty = network.functions.prepare(tf.zeros([0], tf.string), ink).numpy()
    return Prepared(np.concatenate([empty, *images]), names)


def _name(picture: Any, index: int) -> str:
    is_path = isinstance(picture, (str, os.PathLike))
    return str(picture) if is_path else f"picture {index}"


def _prepare_one(network: Network, picture: Any, name: str, ink: str) -> np.ndarray:
    if isinstance(picture, (str, os.PathLike)):
        picture = _read(pathlib.Path(picture).expanduser())
    if isinstance(picture, bytes):
        return _prepare_file(network, picture, name, ink)
    return _prepare_arrays(network, np.asarray(picture)[np.newaxis], ink, name)


def _read(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"A picture must be a file that can be read. Received: {path} ({error}). "
            "Give access to it or leave it out."
        ) from error


def _prepare_file(network: Network, content: bytes, name: str, ink: str) -> np.ndarray:
    try:
        return network.functions.prepare(tf.constant([content]), ink).numpy()
    except tf.errors.OpError as error:
        raise InputError(
            f"A picture must be an undamaged {', '.join(FORMATS)} file. Received: "
            f"{name}. Replace it or leave it out."
        ) from error


def _prepare_arrays(
    network: Network, arrays: np.ndarray, ink: str, name: str = "`images`"
) -> np.ndarray:
    """Prepares pictures of one size, [n, h, w] or [n, h, w, channels]."""
    pixels = _with_opacity(_brightness(_with_channels(arrays, name), name), name)
    prepared = [
        network.functions.prepare_pixels(some, ink).numpy() for some in _chunks(pixels)
    ]
    return np.concatenate(prepared)


def _with_channels(arrays: np.ndarray, name: str) -> np.ndarray:
    if arrays.ndim == 3:
        arrays = arrays[..., np.newaxis]
    if arrays.ndim != 4 or not 1 <= arrays.shape[-1] <= 4 or 0 in arrays.shape[1:]:
        raise InputError(
            "A picture must be an array [height, width] or [height, width, channels] "
            f"with up to 4 channels. Received: {name}, {list(arrays.shape[1:])}. "
            "Reshape it."
        )
    return arrays


def _brightness(arrays: np.ndarray, name: str) -> np.ndarray:
    """Brightness as uint8: floats and bools are in [0, 1], integers in [0, 255]."""
    if arrays.dtype == np.uint8:
        return arrays
    if arrays.dtype.kind not in "biuf":
        raise InputError(
            f"A picture must be an array of numbers. Received: {name}, "
            f"{arrays.dtype}. Give numbers, a file's path or its content."
        )
    largest = 255 if arrays.dtype.kind in "iu" else 1
    if arrays.size and not (arrays.min() >= 0 and arrays.max() <= largest):
        raise InputError(
            "A picture's numbers must lie in [0, 1], or [0, 255] if they are integers. "
            f"Received: {name}, in [{arrays.min()}, {arrays.max()}]. Divide them by "
            "their largest possible value."
        )
    return np.round(arrays.astype(np.float32) * (255 / largest)).astype(np.uint8)


def _with_opacity(pixels: np.ndarray, name: str) -> np.ndarray:
    """Makes uint8 [n, h, w, 4] of grey or colours, with or without opacity."""
    channels = pixels.shape[-1]
    if channels % 2:
        opacity = np.full_like(pixels[..., :1], _OPAQUE)
        pixels = np.concatenate([pixels, opacity], axis=-1)
    if channels <= 2:
        pixels = pixels[..., [0, 0, 0, 1]]
    return pixels


def _chunks(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """Parts of the pictures; one that is empty if there are none."""
    for start in range(0, max(len(pixels), 1), _AT_ONCE):
        yield pixels[start : start + _AT_ONCE]
