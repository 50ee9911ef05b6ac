"""Picture files with their classes, prepared once and kept until they change."""

import hashlib
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from absl import logging

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import Allocate, Arrays, cached_images
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.data.pictures.folders import printable
from metanet_tf.data.pictures.limits import PictureError
from metanet_tf.utils.errors import InputError

_CACHE_FORMAT = 1  # Raise it when the arrays would change.
_NAMED = 10  # Files or classes that a message names.


class LabelledFile(NamedTuple):
    """A picture file and its class."""

    class_name: str
    path: pathlib.Path


def read_classes(
    files: Sequence[LabelledFile], name: str, config: DataConfig
) -> ImageClasses:
    """Reads picture files and prepares them, or takes them from the cache.

    The cache is that of these very files: if one of them has another size or time of
    change, all are read again.

    Args:
        files: those of a class one after the other.
        name: of the data set, for the cache.
        config: says how to prepare them, and whether to leave out unreadable ones.

    Raises:
        InputError: if a file cannot be read, unless `config.skip_unreadable`; if a
            class has less than two images, or there are less than two classes.
    """
    arrays = cached_images(
        name,
        config,
        lambda allocate: _prepare(files, config, allocate),
        version=_CACHE_FORMAT,
        fingerprint=fingerprint(files),
    )
    _report_unreadable(arrays["unreadable"], config.skip_unreadable)
    classes = classes_of(arrays)
    check_classes(classes)
    return classes


def classes_of(arrays: Arrays) -> ImageClasses:
    """Returns the classes that `images`, `class_sizes` and `class_names` make up."""
    sizes = arrays["class_sizes"]
    # A file may end in room for what could not be read.
    return ImageClasses(
        arrays["images"],
        sizes,
        tuple(map(str, arrays["class_names"])),
        starts=np.cumsum(sizes) - sizes,
    )


def _prepare(
    files: Sequence[LabelledFile], config: DataConfig, allocate: Allocate
) -> Arrays:
    # Slow to import, and not needed once the cache is filled.
    from metanet_tf.data.prepared_pictures import prepare_into, read_files

    logging.info("Reading and preparing %d pictures, once.", len(files))
    errors: dict[int, PictureError] = {}
    pictures = read_files([file.path for file in files], errors.__setitem__)
    prepare_into(allocate(len(files)), pictures, config)
    names = list(dict.fromkeys(file.class_name for file in files))
    label = {name: index for index, name in enumerate(names)}
    read = [file for place, file in enumerate(files) if place not in errors]
    labels = np.array([label[file.class_name] for file in read], int)
    return {
        "class_sizes": np.bincount(labels, minlength=len(names)).astype(np.int32),
        "class_names": np.array(names),
        "unreadable": np.array([f"{e.name} {e.reason}" for e in errors.values()], str),
    }


def fingerprint(files: Sequence[tuple[str, pathlib.Path]]) -> str:
    """Returns a digest of names, sizes and times of change of files with labels."""
    digest = hashlib.sha256()
    for label, path in files:
        status = path.stat()
        line = f"{label}\0{path}\0{status.st_size}\0{status.st_mtime_ns}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _report_unreadable(errors: np.ndarray, is_skipped: bool) -> None:
    if not len(errors):
        return
    message = f"{len(errors)} of the pictures cannot be read: {_listed(errors, '; ')}."
    if not is_skipped:
        raise InputError(
            f"{message} Repair or remove them, or leave them out with "
            "--skip_unreadable."
        )
    logging.warning("%s They are left out.", message)


def check_classes(classes: ImageClasses) -> None:
    """Checks that there are two classes or more, of two images or more.

    Raises:
        InputError: if there are not; the message names small classes.
    """
    if classes.num_classes < 2:
        raise InputError(
            "`data_dir` must hold pictures of two classes or more. "
            f"Received: {classes.num_classes}. Add classes, or change --data_dir."
        )
    small = np.flatnonzero(np.asarray(classes.class_sizes) < 2)
    if len(small):
        named = _listed([classes.class_names[index] for index in small], ", ")
        raise InputError(
            "Every class must have two images or more, one to learn from and one to "
            f"ask. Received: {len(small)} with less: {named}. Add pictures to them, or "
            "remove them."
        )


def _listed(names: Sequence[str] | np.ndarray, separator: str) -> str:
    more = f"{separator}..." if len(names) > _NAMED else ""
    return separator.join(map(printable, names[:_NAMED])) + more
