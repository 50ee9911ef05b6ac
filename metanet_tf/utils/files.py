"""Files and folders that are either whole or not there."""

import atexit
import contextlib
import functools
import glob
import json
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from metanet_tf.utils.errors import InputError

_LOCK = "lock"  # Of a folder in which something is written aside.


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

    It is on the disk by then, so that no crash leaves half of it. If writing fails, a
    file that was at `path` is still there and the temporary one is gone.
    """
    with _hidden_folder(path.parent, path.name) as hidden:
        aside = hidden / "new"
        yield aside
        flush(aside)
        os.replace(aside, path)
        flush(path.parent)


def write_text(path: pathlib.Path, text: str) -> None:
    """Writes `text` to `path`, all of it or nothing; see `write_aside`.

    Raises:
        OSError: if the disk is full or the folder is not writable.
    """
    with write_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_between(page: pathlib.Path, begin: str, end: str, text: str) -> None:
    """Replaces what stands between two marks in the file of the flag `page`.

    Raises:
        InputError: if it cannot be read or written, or lacks one of the marks.
    """
    with file_errors("page", page):
        before, _, rest = page.read_text(encoding="utf-8").partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise InputError(
                f"`page` must have the marks {begin} and {end}. Received: {page}, "
                "which lacks one. Add them where the text is to be."
            )
        write_text(page, f"{before}{begin}\n\n{text}\n\n{end}{after}")


def parse_json(content: str | bytes) -> Any:
    """Returns what a JSON text says.

    Raises:
        ValueError: if it is none, or nested too deep.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


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
    with folder_aside(target.parent, target.name) as new:
        yield new
        flush_folder(new)
        if target.exists():
            os.replace(target, new.with_name("old"))
        os.replace(new, target)
        flush(target.parent)


@contextlib.contextmanager
def folder_aside(parent: pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """Gives an empty folder in a hidden one in `parent`, which is removed in the end.

    Only within one file system is renaming a single act.

    Args:
        parent: made if it is not there.
        name: part of the hidden folder's name.

    Raises:
        OSError: if `parent` is not writable.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with _hidden_folder(parent, name) as hidden:
        new = hidden / "new"
        new.mkdir()
        yield new


@contextlib.contextmanager
def _hidden_folder(parent: pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """Gives a folder in `parent` and removes it; those of killed processes go first.

    Every writer has one of its own, and its lock while it lives: two may write at once.
    """
    prefix = f".{name}-"
    _remove_left(parent, glob.escape(prefix))
    with contextlib.ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix=prefix, suffix=".part", dir=parent)
        hidden = pathlib.Path(stack.enter_context(made))
        with contextlib.suppress(OSError, NotImplementedError):  # Some disks lack them.
            stack.enter_context(_lock(hidden))
        yield hidden


def _remove_left(parent: pathlib.Path, prefix: str) -> None:
    """Removes hidden folders that no living process has locked."""
    for file in parent.glob(f"{prefix}????????.part/{_LOCK}"):
        with contextlib.suppress(OSError, NotImplementedError), _lock(file.parent):
            shutil.rmtree(file.parent, ignore_errors=True)


def _lock(folder: pathlib.Path) -> contextlib.AbstractContextManager:
    """Returns a lock that raises an OSError where another process has it."""
    import filelock  # Slow to import.

    return filelock.FileLock(folder / _LOCK, blocking=False)


def flush_folder(folder: pathlib.Path) -> None:
    """Waits until all that lies in `folder` is on the disk."""
    for path in folder.rglob("*"):
        flush(path)
    flush(folder)


def remove_leftovers(folder: pathlib.Path) -> None:
    """Removes what killed processes left in `folder` while they wrote something aside.

    Only good where no other process writes checkpoints.
    """
    for path in folder.glob("ckpt-*_temp"):
        shutil.rmtree(path, ignore_errors=True)
    _remove_left(folder, ".*-")


def literal_path(folder: str | os.PathLike) -> str:
    r"""Returns a path to the same folder that holds none of the characters * ? [ ] \.

    TensorFlow takes such paths of checkpoints and SavedModels for patterns: it does not
    find the files, or deletes those of a neighbour. Such a folder gets a link beside
    other temporary files, until the process ends.
    """
    absolute = os.path.abspath(folder)
    return _link_to(absolute) if re.search(r"[*?\[\]\\]", absolute) else str(folder)


@functools.cache
def _link_to(folder: str) -> str:
    place = tempfile.mkdtemp(prefix="metanet_tf_")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    link = os.path.join(place, "link")
    os.symlink(folder, link, target_is_directory=True)
    return link


def flush(path: pathlib.Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # Some file systems cannot do it for a folder.
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)
