"""Makes training images of many pictures, a few in memory at a time."""

import itertools
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from metanet_tf.config import DataConfig
from metanet_tf.data.pictures import PictureError, read_pixels
from metanet_tf.data.preparation import prepare_training

_AT_ONCE = 32  # Pictures; of a phone's, each has 50 MB.


def prepare_into(
    images: np.ndarray,
    pictures: Iterable[np.ndarray],
    config: DataConfig,
    order: np.ndarray | None = None,
) -> None:
    """Prepares pictures of any sizes, as in use.

    Args:
        images: where they are written to, uint8 [n, H, W, C].
        pictures: each uint8 [h, w, 4]: red, green, blue, opacity.
        config: says how, and of what size.
        order: place of each in `images`, int [n]; None: one after the other.
    """
    order = np.arange(len(images)) if order is None else order
    prepare = tf.function(
        lambda batch: prepare_training(batch, config, "detect"), reduce_retracing=True
    )
    done = 0
    for some in _chunks(pictures):
        for places in _by_shape(some):
            batch = np.stack([some[place] for place in places])
            images[order[done + np.array(places)]] = prepare(batch).numpy()
        done += len(some)


def read_files(
    paths: Sequence[pathlib.Path], unreadable: Callable[[int, PictureError], None]
) -> Iterator[np.ndarray]:
    """Decodes picture files in parallel, and yields their pixels in order.

    Args:
        paths: of the files.
        unreadable: is told the place of each that cannot be read, which is left out.

    Yields:
        uint8 [h, w, 4]: red, green, blue, opacity.
    """
    progress = tqdm(total=len(paths), desc="pictures", unit="", delay=5.0)
    with progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(paths), _AT_ONCE):
            some = paths[start : start + _AT_ONCE]
            for place, found in enumerate(pool.map(_read, some), start):
                if isinstance(found, PictureError):
                    unreadable(place, found)
                else:
                    yield found
            progress.update(len(some))


def with_opacity(picture: np.ndarray) -> np.ndarray:
    """Makes uint8 [h, w, 4] of [h, w, 1, 3 or 4]."""
    if picture.shape[-1] == 4:
        return picture
    colours = np.broadcast_to(picture, [*picture.shape[:2], 3])
    return np.concatenate([colours, np.full_like(colours[..., :1], 255)], axis=-1)


def _read(path: pathlib.Path) -> np.ndarray | PictureError:
    try:
        return read_pixels(path)
    except PictureError as error:
        return error


def _chunks(pictures: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    iterator = iter(pictures)
    while some := list(itertools.islice(iterator, _AT_ONCE)):
        yield some


def _by_shape(pictures: Sequence[np.ndarray]) -> list[list[int]]:
    """Returns the places of pictures of one shape, for every shape."""
    places: dict[tuple[int, ...], list[int]] = {}
    for place, picture in enumerate(pictures):
        places.setdefault(picture.shape, []).append(place)
    return list(places.values())
