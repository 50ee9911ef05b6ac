"""The trained network behind a classifier, wherever it comes from."""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
from absl import logging

from metanet_tf.errors import InputError
from metanet_tf.pretrained.model_folder import (
    MODEL_FILE,
    PACKAGED,
    pretrained_names,
    read_pretrained,
)
from metanet_tf.rejection import Rejection
from metanet_tf.serving.classifier import Classifier
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.version_folders import MODEL_FILE as SAVED_MODEL_FILE
from metanet_tf.version_folders import newest_version

_KEPT = 4  # Networks of this process that are not loaded again.


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """A trained network as the functions of `serving.Classifier`.

    Attributes:
        functions: a `Classifier`, or a SavedModel of one.
        rejections: thresholds for what is of no taught class.
    """

    functions: Any
    rejections: tuple[Rejection, ...]


def load_network(model: str | os.PathLike, kind: str | None = None) -> Network:
    """Loads a network, or returns the one loaded before from the same files.

    Args:
        model: name of a pretrained model; or a folder: of one, of a run, a
            SavedModel, or with versions of it, of which the newest counts.
        kind: what it must be: "pretrained", "run" or "saved_model"; None: any.

    Raises:
        InputError: if it is not there, of another kind, or cannot be read.
    """
    folder = _folder(model)
    found = _kind(folder)
    if found is None or kind not in (None, found):
        raise InputError(_missing_message(model, kind))
    return _load(found, str(folder.resolve()), _newest_change(folder))


def _load_pretrained(folder: str) -> Network:
    pretrained = read_pretrained(folder)
    functions = Classifier(pretrained.model, pretrained.rejections)
    return Network(functions, pretrained.rejections)


def _load_run(folder: str) -> Network:
    model, _ = load_trained_model(folder)
    return Network(Classifier(model), ())


def _load_saved_model(folder: str) -> Network:
    try:
        with _quiet():
            loaded = tf.saved_model.load(folder)
        functions = getattr(loaded, "untaught", loaded)
        values = json.loads(functions.rejections().numpy())
    except (OSError, AttributeError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"A SavedModel must be one that bin/export of this version has written. "
            f"Received: {folder} ({error}). Export it again, or choose another."
        ) from error
    return Network(functions, tuple(map(Rejection.from_dict, values)))


_KINDS: dict[str, Callable[[str], Network]] = {
    "pretrained": _load_pretrained,
    "run": _load_run,
    "saved_model": _load_saved_model,
}
_MARKS = {
    "pretrained": MODEL_FILE,
    "run": RunFolder("").flags_file.name,
    "saved_model": SAVED_MODEL_FILE,
}


@functools.lru_cache(maxsize=_KEPT)
def _load(kind: str, folder: str, changed: int) -> Network:
    """Loads a network; `changed` keeps one of older files from being returned."""
    return _KINDS[kind](folder)


def _folder(model: str | os.PathLike) -> pathlib.Path:
    is_packaged = model in pretrained_names()
    folder = PACKAGED / model if is_packaged else pathlib.Path(model).expanduser()
    newest = newest_version(folder)
    return newest.folder if newest and not _kind(folder) else folder


def _kind(folder: pathlib.Path) -> str | None:
    return next((kind for kind in _KINDS if (folder / _MARKS[kind]).is_file()), None)


def _newest_change(folder: pathlib.Path) -> int:
    best = RunFolder(str(folder)).best_dir
    return max(path.stat().st_mtime_ns for path in _files(folder, best))


def _files(*folders: pathlib.Path) -> Iterator[pathlib.Path]:
    for folder in folders:
        yield from (path for path in folder.glob("*") if path.is_file())


def _missing_message(model: str | os.PathLike, kind: str | None) -> str:
    expected = {
        "pretrained": "the name or folder of a pretrained model",
        "run": "the folder of a run",
        "saved_model": "the folder of a SavedModel",
    }
    names = ", ".join(pretrained_names()) or "none"
    wanted = expected[kind] if kind else ", or ".join(expected.values())
    return (
        f"`model` must be {wanted}. Received: {model}. Names in this package: {names}. "
        "Choose one of them or another folder."
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hides TensorFlow's warnings about what only training would need."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
