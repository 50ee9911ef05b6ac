"""The trained model behind a classifier, wherever it comes from."""

import contextlib
import dataclasses
import functools
import hashlib
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tensorflow as tf
from absl import logging

from metanet_tf.errors import InputError
from metanet_tf.pretrained.model_folder import (
    MODEL_FILE,
    PACKAGED,
    WEIGHTS_FILE,
    pretrained_names,
    read_pretrained,
)
from metanet_tf.rejection import Rejection
from metanet_tf.serving.classifier import Classifier, ExportedModule, read_rejections
from metanet_tf.serving.taught import TaughtClasses, read_taught
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.version_folders import MODEL_FILE as SAVED_MODEL_FILE
from metanet_tf.version_folders import newest_version

_KEPT = 4  # Models of this process that are not loaded again.


class ModelFiles(NamedTuple):
    """A model's files, so that they are found again and known to be the same.

    Attributes:
        place: name of a pretrained model of this package, or an absolute folder.
        digest: SHA-256 of what the model is made of.
    """

    place: str
    digest: str


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedModel:
    """A trained model.

    Attributes:
        module: its functions.
        rejections: thresholds for what is of no taught class.
        taught: what an export of taught classes was taught; None: nothing.
        files: where it was read from.
    """

    module: ExportedModule
    rejections: tuple[Rejection, ...]
    taught: TaughtClasses | None
    files: ModelFiles


def load_model(model: str | os.PathLike, kind: str | None = None) -> LoadedModel:
    """Loads a model, or returns the one loaded before from the same files.

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
    place = str(model) if model in pretrained_names() else str(folder.resolve())
    return _load(found, place, _newest_change(folder))


def load_again(files: ModelFiles, model: str | os.PathLike) -> LoadedModel:
    """Loads the model that had these files, from their place or from `model`.

    Raises:
        InputError: if neither holds these files.
    """
    for place in (files.place, model):
        if _kind(_folder(place)) is not None:
            loaded = load_model(place)
            if loaded.files.digest == files.digest:
                return loaded
    raise InputError(
        "`model` must still be as it was when the classifier was taught. Received: "
        f"{files.place}, which has changed or is gone. Restore it, or call fit again."
    )


def _load_pretrained(folder: pathlib.Path) -> tuple[ExportedModule, None]:
    pretrained = read_pretrained(folder)
    preparation = pretrained.config.data.preparation
    classifier = Classifier(
        pretrained.model, pretrained.rejections, preparation=preparation
    )
    return classifier, None


def _load_run(folder: pathlib.Path) -> tuple[ExportedModule, None]:
    model, config = load_trained_model(str(folder))
    return Classifier(model, preparation=config.data.preparation), None


def _load_saved_model(
    folder: pathlib.Path,
) -> tuple[ExportedModule, TaughtClasses | None]:
    try:
        with _quiet():
            loaded = tf.saved_model.load(str(folder))
        module, taught = getattr(loaded, "base", loaded), read_taught(loaded)
        read_rejections(module)
    except (OSError, AttributeError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"A SavedModel must be one that bin/export of this version has written. "
            f"Received: {folder} ({error}). Export it again, or choose another."
        ) from error
    return module, taught


_LOADERS: dict[str, Callable[..., tuple[ExportedModule, TaughtClasses | None]]] = {
    "pretrained": _load_pretrained,
    "run": _load_run,
    "saved_model": _load_saved_model,
}
_MARKS = {
    "pretrained": MODEL_FILE,
    "run": RunFolder("").flags_file.name,
    "saved_model": SAVED_MODEL_FILE,
}
# What a model is made of; the rest of its folder may change.
_CONTENTS = {
    "pretrained": (MODEL_FILE, WEIGHTS_FILE),
    "run": (f"{RunFolder('').best_dir.name}/*",),
    "saved_model": (SAVED_MODEL_FILE, "variables/*"),
}


@functools.lru_cache(maxsize=_KEPT)
def _load(kind: str, place: str, changed: int) -> LoadedModel:
    """Loads a model; `changed` keeps one of older files from being returned."""
    folder = _folder(place)
    digest = _digest(folder, _CONTENTS[kind])
    module, taught = _LOADERS[kind](folder)
    rejections = read_rejections(module)
    return LoadedModel(module, rejections, taught, ModelFiles(place, digest))


def _digest(folder: pathlib.Path, patterns: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _folder(model: str | os.PathLike) -> pathlib.Path:
    is_packaged = model in pretrained_names()
    folder = PACKAGED / model if is_packaged else pathlib.Path(model).expanduser()
    newest = newest_version(folder)
    return newest.folder if newest and not _kind(folder) else folder


def _kind(folder: pathlib.Path) -> str | None:
    return next((kind for kind in _MARKS if (folder / _MARKS[kind]).is_file()), None)


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
