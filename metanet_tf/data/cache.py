"""Arrays that take long to make, kept in a file for the next run."""

import hashlib
import mmap
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import logging

from metanet_tf.config import DataConfig
from metanet_tf.utils.files import write_aside
from metanet_tf.utils.user_cache import user_cache

# Raise the number when a preparation would give other images.
_FINGERPRINT = "fingerprint"  # Name among the arrays of a file.
_PREPARATION_PARTS = {"none": "", "drawing": "-drawing3", "photograph": "-photograph1"}

Arrays = dict[str, np.ndarray]
# Gives an array of zeros, uint8 [count, H, W, C], for so many images.
Allocate = Callable[[int], np.ndarray]


def cached_images(
    name: str,
    config: DataConfig,
    make: Callable[[Allocate], Arrays],
    *,
    version: int,
    fingerprint: str = "",
) -> Arrays:
    """Returns prepared images, in memory or memory-mapped, with what tells of them.

    Args:
        name: of the data set.
        config: says of what size, where the cache is, and whether they are mapped.
        make: writes images to the array that it is given, class by class, and returns
            the other arrays; `class_sizes` among them says how many it has written.
        version: of the arrays' format, >= 1.
        fingerprint: as in `cached_arrays`.

    Returns:
        What `make` does, and `images`, uint8 [M, H, W, C].

    Raises:
        OSError: if they are mapped, and the folder of the cache cannot be written.
    """
    shape = config.image_size, config.image_size, config.channels
    if config.memory_map:
        return _mapped_arrays(
            cache_file_name(f"{name}-mapped", config, version),
            config.cache_dir,
            lambda path: make(lambda count: _new_file(path, (count, *shape))),
            fingerprint=fingerprint,
        )
    allocated: list[np.ndarray] = []

    def allocate(count: int) -> np.ndarray:
        allocated.append(np.zeros((count, *shape), np.uint8))
        return allocated[0]

    def make_all() -> Arrays:
        arrays = make(allocate)
        return {"images": allocated[0][: np.sum(arrays["class_sizes"])], **arrays}

    return cached_arrays(
        cache_file_name(name, config, version),
        config.cache_dir,
        make_all,
        fingerprint=fingerprint,
    )


def cached_arrays(
    file_name: str,
    cache_dir: str,
    make: Callable[[], Arrays],
    *,
    fingerprint: str = "",
) -> Arrays:
    """Returns the arrays in the cache file, or makes and keeps them.

    The cache only saves time: a damaged file is made anew, and a folder that
    cannot be written is reported and otherwise ignored.

    Args:
        file_name: name of the `.npz` file; must differ for different arrays.
        cache_dir: folder of the file; empty: `metanet_tf` in the user's cache.
        make: makes the arrays when they are not cached.
        fingerprint: of what they are made of; cached ones of another are made anew.
    """
    path = _cache_folder(cache_dir) / file_name
    arrays = _read(path, fingerprint)
    if arrays is None:
        arrays = make()
        _write(path, {**arrays, **_mark(fingerprint)})
    return arrays


def _mapped_arrays(
    file_name: str,
    cache_dir: str,
    make: Callable[[Path], Arrays],
    *,
    fingerprint: str,
) -> Arrays:
    """Returns arrays as `cached_arrays` does, but `images` as a memory-mapped file.

    `make` writes them to the `.npy` file that it is given, which is new.
    """
    path = _cache_folder(cache_dir) / file_name
    images = path.with_name(f"{path.stem}-{fingerprint[:16]}.npy")

    def make_both() -> Arrays:
        path.parent.mkdir(parents=True, exist_ok=True)
        for older in path.parent.glob(f"{path.stem}-*.npy"):
            older.unlink()
        with write_aside(images) as aside:
            return make(aside)

    if not images.exists():
        path.unlink(missing_ok=True)
    arrays = cached_arrays(file_name, cache_dir, make_both, fingerprint=fingerprint)
    return {**arrays, "images": open_mapped(images)}


def open_mapped(path: Path) -> np.ndarray:
    """Opens an `.npy` file of which few and far places are read.

    The system is told not to read what lies around each of them.
    """
    images = np.load(path, mmap_mode="r")
    if hasattr(mmap, "MADV_RANDOM"):
        images._mmap.madvise(mmap.MADV_RANDOM)
    return images


def _new_file(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    return np.lib.format.open_memmap(path, "w+", np.uint8, shape)


def cache_file_name(name: str, config: DataConfig, version: int) -> str:
    """Name for the prepared images of the data set `name` in `config.data_dir`.

    `version` is that of the arrays' format, >= 1.
    """
    # The folder is part of the name: one without data has to be reported, even
    # if another folder's images are cached.
    folder = config.data_dir and os.path.abspath(config.data_dir)
    digest = hashlib.sha256(folder.encode()).hexdigest()[:8]
    size = str(config.image_size) + ("" if config.channels == 1 else "-colour")
    preparation = _PREPARATION_PARTS[config.preparation]
    return f"{name}-{size}{preparation}-{digest}-v{version}.npz"


def _cache_folder(cache_dir: str) -> Path:
    return Path(cache_dir) if cache_dir else user_cache() / "metanet_tf"


def _mark(fingerprint: str) -> Arrays:
    return {_FINGERPRINT: np.array(fingerprint)} if fingerprint else {}


def _read(path: Path, fingerprint: str) -> Arrays | None:
    if not os.access(path, os.R_OK):
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            if fingerprint and str(archive[_FINGERPRINT]) != fingerprint:
                return None
            return {name: archive[name] for name in archive if name != _FINGERPRINT}
    except Exception as error:  # Damaged bytes can fail anywhere in zip and NumPy.
        logging.warning("%s is damaged and is made anew: %s", path, error)
        return None


def _write(path: Path, arrays: Arrays) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_aside(path) as aside, open(aside, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        logging.warning("Going on without a cache in %s: %s", path.parent, error)
