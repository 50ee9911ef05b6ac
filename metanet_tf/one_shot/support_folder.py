"""A folder of examples: a picture, or a folder of pictures, for each class."""

import os
import pathlib
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator

from metanet_tf.utils.errors import InputError

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif", ".pbm", ".pgm", ".ppm", ".pnm"),
)
# What macOS, Windows, network disks and editors leave in folders.
_OF_SYSTEMS = {
    *("__macosx", "icon\r", "@eadir", "#recycle", "$recycle.bin", "lost+found"),
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "system volume information"),
    *("__pycache__",),
}
_BEGINNINGS = (".", "~$")
_NAMED = 5  # Other files that are named where they are passed over.


class PassedOverWarning(UserWarning):
    """Files in a folder of pictures that are no pictures."""


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


def find_pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    """Returns the pictures in a folder and in its folders, sorted.

    Other files are passed over, with one warning.
    """
    found: list[pathlib.Path] = []
    others: list[pathlib.Path] = []
    for place, folders, files in os.walk(folder):
        others += [pathlib.Path(place, name) for name in filter(is_of_system, folders)]
        folders[:] = [name for name in folders if not is_of_system(name)]
        for path in (pathlib.Path(place, name) for name in files):
            (found if is_picture(path) else others).append(path)
    warn_of_passed_over(folder, others)
    return sorted(found)


def is_picture(path: pathlib.Path) -> bool:
    """Returns whether a file's name says that it is a picture."""
    return path.suffix.lower() in SUFFIXES and not is_of_system(path.name)


def is_of_system(name: str) -> bool:
    """Returns whether systems and editors put files of this name there unseen."""
    return name.startswith(_BEGINNINGS) or name.lower() in _OF_SYSTEMS


def printable(name: object) -> str:
    """Returns a class name or a file's in a line of text that can be printed."""
    return re.sub(r"[^ -~]", _escaped, str(name))


def _escaped(match: re.Match[str]) -> str:
    letter = match.group()
    return letter if letter.isprintable() else ascii(letter)[1:-1]


def warn_of_passed_over(folder: pathlib.Path, paths: Iterable[pathlib.Path]) -> None:
    """Warns in one line of files that are no pictures; names those of people."""
    paths = list(paths)
    named = [
        printable(path.relative_to(folder))
        for path in paths
        if not is_of_system(path.name)
    ]
    if paths:
        names = ", ".join(sorted(named)[:_NAMED]) + ", ..." * (len(named) > _NAMED)
        warnings.warn(
            f"Passed over in {folder}: {len(paths)} "
            f"{'thing' if len(paths) == 1 else 'things'} that "
            f"{'is' if len(paths) == 1 else 'are'} no picture"
            f"{f', {names} among them' if named else ', left there by systems'}.",
            PassedOverWarning,
            stacklevel=3,
        )


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
            f"{nested}, a folder in it. Move it elsewhere."
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
