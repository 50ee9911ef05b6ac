"""Numbered folders of SavedModels, as TensorFlow Serving has them."""

import os
import pathlib
import re
from collections.abc import Callable
from typing import NamedTuple

from metanet_tf.utils.files import flush, flush_folder, folder_aside

SAVED_MODEL_FILE = "saved_model.pb"


class Version(NamedTuple):
    """A SavedModel and its number."""

    number: int
    folder: pathlib.Path


def newest_version(model_dir: str | os.PathLike) -> Version | None:
    """The SavedModel with the largest number; None if there is none.

    Args:
        model_dir: holds model_dir/1, model_dir/2, ...; or is itself a SavedModel,
            which is then version 1.
    """
    return next(iter(versions(model_dir)), None)


def versions(model_dir: str | os.PathLike) -> list[Version]:
    """The SavedModels of a folder, the newest first; see `newest_version`."""
    root = pathlib.Path(model_dir)
    if _is_saved_model(root):
        return [Version(1, root)]
    found = [
        Version(int(folder.name), folder)
        for folder in _numbered(root)
        if _is_saved_model(folder)
    ]
    return sorted(found, reverse=True)


def add_version(
    model_dir: str | os.PathLike, fill: Callable[[pathlib.Path], None]
) -> pathlib.Path:
    """Makes a version newer than what is there under a number.

    It appears when it is complete. Of two processes that do so at once, the second
    takes the number after the first one's.

    Args:
        model_dir: made if it is not there.
        fill: writes the version into an empty folder.

    Returns:
        The version's folder.

    Raises:
        OSError: if it cannot be written.
    """
    root = pathlib.Path(model_dir)
    with folder_aside(root, "version") as new:
        fill(new)
        flush_folder(new)
        while True:
            numbers = [int(folder.name) for folder in _numbered(root)]
            target = root / str(max(numbers, default=0) + 1)
            try:
                os.rename(new, target)
            except OSError:
                if not target.exists():  # Nobody else took the number.
                    raise
            else:
                flush(root)
                return target


def _numbered(root: pathlib.Path) -> list[pathlib.Path]:
    # Numbers beyond 63 bits are no versions for TensorFlow Serving's clients.
    return [path for path in root.glob("*") if re.fullmatch("[0-9]{1,18}", path.name)]


def _is_saved_model(folder: pathlib.Path) -> bool:
    return (folder / SAVED_MODEL_FILE).is_file()
