"""Images of different parts of a data set that look the same, by perceptual hashes."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import imagehash
import numpy as np
from PIL import Image

from metanet_tf.data.image_classes import ImageClasses

_ROWS_AT_ONCE = 1024


class Pair(NamedTuple):
    """Two images that look the same.

    Attributes:
        first: part, class and place of the one.
        second: of the other.
        bits: in which their hashes differ.
    """

    first: str
    second: str
    bits: int


def near_duplicates(parts: Mapping[str, ImageClasses], max_bits: int) -> list[Pair]:
    """Finds images that look the same as one of another part.

    Images of one value everywhere, such as blank ones, are left out.

    Args:
        parts: classes by the name of their part.
        max_bits: largest difference of their 64-bit hashes.

    Returns:
        The most alike first.
    """
    hashes = {part: _hashes(classes) for part, classes in parts.items()}
    found = [
        Pair(_name(parts, one, i), _name(parts, other, j), bits)
        for one, other in itertools.combinations(parts, 2)
        for i, j, bits in _near(hashes[one], hashes[other], max_bits)
    ]
    return sorted(found, key=lambda pair: pair.bits)


def _hashes(classes: ImageClasses) -> np.ndarray:
    """Returns pHash's bits as -1 and 1, float32 [n, 64]; zeros for blank images."""
    places = classes.places
    hashes = np.zeros([len(places), 64], np.float32)
    for bits, place in zip(hashes, places, strict=True):
        image = classes.images[place]
        if image.min() != image.max():
            grey = image[..., 0] if image.shape[-1] == 1 else image
            bits[:] = 2.0 * imagehash.phash(Image.fromarray(grey)).hash.reshape(-1) - 1
    return hashes


def _near(
    first: np.ndarray, second: np.ndarray, max_bits: int
) -> list[tuple[int, int, int]]:
    """Returns rows of both that differ little; a product counts equal bits."""
    least = 64 - 2 * max_bits
    found = []
    for start in range(0, len(first), _ROWS_AT_ONCE):
        products = first[start : start + _ROWS_AT_ONCE] @ second.T
        found += [
            (int(start + i), int(j), int(64 - products[i, j]) // 2)
            for i, j in np.argwhere(products >= max(least, 1))
        ]
    return found


def _name(parts: Mapping[str, ImageClasses], part: str, index: int) -> str:
    classes = parts[part]
    ends = np.cumsum(classes.class_sizes)
    label = int(np.searchsorted(ends, index, side="right"))
    place = index - int(ends[label] - classes.class_sizes[label])
    return f"{part}/{classes.class_names[label]}[{place}]"
