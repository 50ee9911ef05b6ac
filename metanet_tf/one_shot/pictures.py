"""Turns what people call a picture into the image that the network sees."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from metanet_tf.data.pictures import PictureError, read_arrays, read_pixels
from metanet_tf.saved_model.classifier_module import ExportedModule

# Pictures of one size are prepared together: so many, of so many pixels, at most.
_PICTURES_AT_ONCE = 256
_PIXELS_AT_ONCE = 4_000_000
_NAMED = 5  # Blank pictures that a warning names.


class BlankPictureWarning(UserWarning):
    """Pictures in which no ink was found."""


class Prepared(NamedTuple):
    """Pictures as the network sees them.

    Attributes:
        images: float32 [n, H, W, C] in [0, 1]; ink 1, paper 0.
        names: of each in messages: its file, or its place.
        places: of each among those that were given, int [n].
        is_blank: images without ink, bool [n]; no photograph is.
    """

    images: np.ndarray
    names: list[str]
    places: np.ndarray
    is_blank: np.ndarray

    def take(self, rows: np.ndarray) -> "Prepared":
        """Returns some of them, by their indices in `images`, int [m]."""
        names = [self.names[row] for row in rows]
        return Prepared(
            self.images[rows], names, self.places[rows], self.is_blank[rows]
        )


class _Picture(NamedTuple):
    place: int
    pixels: np.ndarray


def prepare(
    module: ExportedModule,
    pictures: Sequence[Any] | np.ndarray,
    ink: str,
    *,
    max_pixels: int,
    unreadable: Callable[[PictureError], None] | None = None,
) -> Prepared:
    """Makes pictures like training images, in the model's own graph.

    Args:
        module: does the work.
        pictures: numbers [n, h, w] or [n, h, w, channels], which have one scale; or
            a sequence of pictures, each as in `read_pixels`.
        ink: "detect", "dark" or "light".
        max_pixels: largest width times height of a picture.
        unreadable: is told of each picture that cannot be read, which is left out.

    Raises:
        PictureError: if one cannot be read, unless `unreadable` is given.
    """
    names = [_name(picture, place) for place, picture in enumerate(pictures)]
    images: dict[int, np.ndarray] = {}
    for batch in _batches(_read(pictures, names, max_pixels, unreadable)):
        pixels = np.stack([picture.pixels for picture in batch])
        prepared = np.asarray(module.prepare_pixels(pixels, ink))
        images |= {b.place: image for b, image in zip(batch, prepared, strict=True)}
    places = np.array(sorted(images), int)
    if images:
        found = np.stack([images[place] for place in places])
    else:
        found = np.asarray(module.prepare_pixels(np.zeros([0, 1, 1, 4], np.uint8), ink))
    return Prepared(
        found,
        [names[place] for place in places],
        places,
        np.asarray(module.is_blank(found)),
    )


def warn_of_blank(prepared: Prepared) -> None:
    """Warns where no ink was found, and names the pictures."""
    blank = [prepared.names[index] for index in np.flatnonzero(prepared.is_blank)]
    if blank:
        more = f" and {len(blank) - _NAMED} more" if len(blank) > _NAMED else ""
        warnings.warn(
            f"No ink was found in {', '.join(blank[:_NAMED])}{more}: a blank picture "
            "looks like nothing. Replace it, or set `ink`.",
            BlankPictureWarning,
            stacklevel=2,
        )


def _name(picture: Any, place: int) -> str:
    is_path = isinstance(picture, (str, os.PathLike))
    return str(picture) if is_path else f"picture {place}"


def _read(
    pictures: Sequence[Any] | np.ndarray,
    names: Sequence[str],
    max_pixels: int,
    unreadable: Callable[[PictureError], None] | None,
) -> Iterator[_Picture]:
    """Decodes pictures, one when it is asked for."""
    if isinstance(pictures, np.ndarray) and pictures.dtype.kind in "biuf":
        name = "the array"
        pictures = read_arrays(pictures, max_pixels=max_pixels, name=name)
    for place, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        try:
            pixels = read_pixels(picture, max_pixels=max_pixels, name=name)
        except PictureError as error:
            if unreadable is None:
                raise
            unreadable(error)
        else:
            yield _Picture(place, pixels)


def _batches(pictures: Iterable[_Picture]) -> Iterator[list[_Picture]]:
    """Collects pictures of one size; few are in memory at a time."""
    waiting: dict[tuple[int, ...], list[_Picture]] = {}
    pixels = 0
    for picture in pictures:
        waiting.setdefault(picture.pixels.shape, []).append(picture)
        pixels += picture.pixels.shape[0] * picture.pixels.shape[1]
        count = sum(map(len, waiting.values()))
        if count >= _PICTURES_AT_ONCE or pixels >= _PIXELS_AT_ONCE:
            yield from waiting.values()
            waiting, pixels = {}, 0
    yield from waiting.values()
