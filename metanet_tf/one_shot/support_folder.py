"""A folder of examples: a picture, or a folder of pictures, for each class."""

import os
import pathlib
from collections.abc import Iterator

from metanet_tf.errors import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_OF_FILE_MANAGERS = {"thumbs.db", "desktop.ini"}


def read_support_folder(
    folder: str | os.PathLike,
) -> tuple[list[pathlib.Path], list[str]]:
    """Finds the pictures and their classes.

    `folder` holds `<class>/*.png` for classes with several pictures and
    `<class>.png` for others; hidden files do not count.

    Returns:
        Paths and class names, in the order of both.

    Raises:
        InputError: if there is something else, a class without pictures, or a class
            twice. The message names the file.
    """
    top = pathlib.Path(folder).expanduser()
    if not top.is_dir():
        raise InputError(
            "The examples must lie in a folder. Received: "
            f"{folder}, which is none. Choose another."
        )
    found: dict[str, list[pathlib.Path]] = {}
    for path in _visible(top):
        pictures = _pictures(path) if path.is_dir() else [_checked(path)]
        name = path.name if path.is_dir() else path.stem
        if name in found:
            raise InputError(
                f"A class must be one file or one folder. Received: {name} twice, of "
                f"which one is {path}. Put its pictures into one folder, or rename it."
            )
        found[name] = pictures
    pairs = [(path, name) for name in sorted(found) for path in found[name]]
    return [path for path, _ in pairs], [name for _, name in pairs]


def is_picture(path: pathlib.Path) -> bool:
    """Whether a file's name says that it is a picture."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    pictures = [_checked(path) for path in _visible(folder)]
    if not pictures:
        raise InputError(
            f"Every class must have a picture. Received: {folder} without any. Add "
            f"one ({', '.join(SUFFIXES)}) or remove the folder."
        )
    return pictures


def _checked(path: pathlib.Path) -> pathlib.Path:
    if path.is_dir() or not is_picture(path):
        raise InputError(
            f"The examples must be pictures ({', '.join(SUFFIXES)}), a class's in one "
            f"folder. Received: {path}. Move it elsewhere."
        )
    return path


def _visible(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """What lies in `folder`, but for what systems and people put there unseen."""
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.name.lower() not in _OF_FILE_MANAGERS:
            yield path
