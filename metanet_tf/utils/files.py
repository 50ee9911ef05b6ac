"""Files and folders that are either whole or not there."""

import contextlib
import json
import os
import pathlib
import tempfile
import uuid
from collections.abc import Iterator
from typing import Any

from metanet_tf.utils.errors import InputError


@contextlib.contextmanager
def file_errors(flag: str, path: str | os.PathLike) -> Iterator[None]:
    """Turns an OSError into an InputError that names the flag `path` came from."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"`{flag}` must be a place that can be read and written and has room. "
            f"Received: {path} ({error}). Make room or give access there, or change "
            f"--{flag}."
        ) from error


@contextlib.contextmanager
def write_aside(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a temporary path, which is renamed to `path` once it has been written.

    If writing fails, a file that was at `path` is still there and the temporary one
    is gone.
    """
    # A name of its own for every writer: two processes may write at once.
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: pathlib.Path, text: str) -> None:
    """Writes `text` to `path`, all of it or nothing; see `write_aside`.

    Raises:
        OSError: if the disk is full or the folder is not writable.
    """
    with write_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: pathlib.Path, content: Any) -> None:
    """Writes `content` as indented JSON; see `write_text`."""
    write_text(path, json.dumps(content, indent=2) + "\n")


@contextlib.contextmanager
def new_folder(target: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives an empty folder that is renamed to `target` once it has been filled.

    A folder that was at `target` is replaced then. If filling fails, it is still
    there and the new one is gone.

    Raises:
        OSError: if the folder of `target` is not writable.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target: only within one file system is renaming a single act.
    with tempfile.TemporaryDirectory(
        prefix=f".{target.name}-", dir=target.parent
    ) as aside:
        new = pathlib.Path(aside, "new")
        new.mkdir()
        yield new
        if target.exists():
            os.replace(target, pathlib.Path(aside, "old"))
        os.replace(new, target)
