"""Picture files in folders, known by their names, and what else lies there."""

import os
import pathlib
import re
import warnings
from collections.abc import Iterable, Iterator

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


def find_pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    """Returns the pictures in a folder and in its folders, sorted.

    Other files are passed over, with one warning.
    """
    found: list[pathlib.Path] = []
    others: list[pathlib.Path] = []
    for place, _, files in walk(folder, others):
        for path in (pathlib.Path(place, name) for name in files):
            (found if is_picture(path) else others).append(path)
    warn_of_passed_over(folder, others)
    return sorted(found)


def walk(
    folder: pathlib.Path, of_systems: list[pathlib.Path] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yields what `os.walk` does; links to folders count as folders.

    A link to a folder that it lies in is left out: it has no end. Folders of systems
    are passed over, and added to `of_systems` if that is given.
    """
    for place, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not _leads_up(place, name)]
        if of_systems is not None:
            of_systems += [pathlib.Path(place, x) for x in folders if is_of_system(x)]
        folders[:] = [name for name in folders if not is_of_system(name)]
        yield place, folders, files


def _leads_up(place: str, name: str) -> bool:
    link = pathlib.Path(place, name)
    return link.is_symlink() and pathlib.Path(place).resolve().is_relative_to(
        link.resolve()
    )


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
