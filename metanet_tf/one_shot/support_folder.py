"""A folder of examples: a picture, or a folder of pictures, for each class."""

import os
import pathlib
import unicodedata
from collections.abc import Iterator

from metanet_tf.data.pictures.folders import (
    SUFFIXES,
    is_of_system,
    is_picture,
    printable,
    warn_of_passed_over,
)
from metanet_tf.utils.errors import InputError


def read_support_folder(
    folder: str | os.PathLike,
) -> tuple[list[pathlib.Path], list[str]]:
    """Finds the pictures and their classes.

    `folder` holds `<class>/*.png` for classes with several pictures and
    `<class>.png` for others. Other files are passed over, with one warning.

    Returns:
        Paths and class names, in the order of both. Names are in Unicode's composed
        form, so that one that macOS wrote is the same as another system's.

    Raises:
        InputError: if there is a class without pictures, a class twice, or a folder
            within a class's folder. The message names it.
    """
    top = pathlib.Path(os.path.expanduser(folder))
    if not top.is_dir():
        raise InputError(
            "The examples must lie in a folder. Received: "
            f"{folder}, which is none. Choose another."
        )
    found: dict[str, list[pathlib.Path]] = {}
    for path, pictures in _classes(top).items():
        name = path.name if path.is_dir() else path.stem
        found.setdefault(unicodedata.normalize("NFC", name), []).extend(pictures)
    warn_of_passed_over(top, _others(top))
    pairs = [(path, name) for name in sorted(found) for path in found[name]]
    return [path for path, _ in pairs], [name for _, name in pairs]


def _classes(top: pathlib.Path) -> dict[pathlib.Path, list[pathlib.Path]]:
    """Returns the pictures of each folder or file that is a class."""
    classes: dict[pathlib.Path, list[pathlib.Path]] = {}
    first: dict[str, pathlib.Path] = {}
    for path in _seen(top):
        if path.is_dir():
            classes[path] = _pictures(path)
        elif is_picture(path):
            classes[path] = [path]
        else:
            continue
        name = path.name if path.is_dir() else path.stem
        if first.setdefault(name, path) is not path:
            raise InputError(
                "A class must be one file or one folder. Received: "
                f"{printable(name)} twice, as {printable(first[name])} and "
                f"{printable(path)}. Put its pictures into one folder, or rename it."
            )
    return classes


def _pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    pictures = [path for path in _seen(folder) if is_picture(path)]
    nested = next((path for path in _seen(folder) if path.is_dir()), None)
    if nested is not None:
        raise InputError(
            "A class's pictures must lie in one folder. Received: "
            f"{printable(nested)}, a folder in it. Move it elsewhere."
        )
    if not pictures:
        raise InputError(
            f"Every class must have a picture. Received: {folder} without any. Add "
            f"one ({', '.join(SUFFIXES)}) or remove the folder."
        )
    return pictures


def _others(top: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields what is neither a picture nor a class."""
    for path in sorted(top.iterdir()):
        if is_of_system(path.name):
            yield path
        elif path.is_dir():
            yield from (p for p in sorted(path.iterdir()) if not is_picture(p))
        elif not is_picture(path):
            yield path


def _seen(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    return (path for path in sorted(folder.iterdir()) if not is_of_system(path.name))
