"""Numbered folders of SavedModels, as TensorFlow Serving has them."""

import os
import pathlib
from typing import NamedTuple

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
    root = pathlib.Path(model_dir)
    if _is_saved_model(root):
        return Version(1, root)
    versions = [
        Version(int(folder.name), folder)
        for folder in _numbered(root)
        if _is_saved_model(folder)
    ]
    return max(versions, default=None)


def next_version(model_dir: str | os.PathLike) -> pathlib.Path:
    """The folder for a version newer than what is there under a number."""
    root = pathlib.Path(model_dir)
    numbers = [int(folder.name) for folder in _numbered(root)]
    return root / str(max(numbers, default=0) + 1)


def _numbered(root: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in root.glob("*") if path.name.isdecimal()]


def _is_saved_model(folder: pathlib.Path) -> bool:
    return (folder / SAVED_MODEL_FILE).is_file()
