"""The trained model behind a classifier, wherever it comes from."""

import contextlib
import dataclasses
import functools
import hashlib
import os
import pathlib
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import tensorflow as tf
from absl import logging

from metanet_tf.evaluation.rejection import RejectionThreshold
from metanet_tf.model_source import (
    ANY_KIND,
    MODEL_FILE,
    Kind,
    find_model,
    identify,
    pretrained_names,
)
from metanet_tf.pretrained.model_folder import WEIGHTS_FILE, read_pretrained
from metanet_tf.saved_model.classifier_module import (
    ClassifierModule,
    ExportedModule,
    read_rejections,
)
from metanet_tf.saved_model.taught import TaughtClasses, read_taught
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.utils.checksums import check_sums
from metanet_tf.utils.errors import InputError, reason_of
from metanet_tf.utils.files import literal_path
from metanet_tf.utils.version_folders import SAVED_MODEL_FILE

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
        is_ink: True for images of ink; False for photographs.
        taught: what an export of taught classes was taught; None: nothing.
        files: where it was read from.
    """

    module: ExportedModule
    rejections: tuple[RejectionThreshold, ...]
    is_ink: bool
    taught: TaughtClasses | None
    files: ModelFiles


def load_model(
    model: str | os.PathLike, kinds: Collection[Kind] = ANY_KIND
) -> LoadedModel:
    """Loads a model, or returns the one loaded before from the same files.

    Args:
        model: see `model_source.identify`.
        kinds: what it may be.

    Raises:
        InputError: if it is not there, of another kind, or cannot be read.
    """
    folder = find_model(model, kinds).folder
    place = str(model) if model in pretrained_names() else str(folder.resolve())
    return _load(place, _newest_change(folder))


def load_again(files: ModelFiles, model: str | os.PathLike) -> LoadedModel:
    """Loads the model that had these files, from their place or from `model`.

    Raises:
        InputError: if neither holds these files.
    """
    for place in (files.place, model):
        if identify(place) is not None:
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
    classifier = ClassifierModule(
        pretrained.model, pretrained.rejections, preparation=preparation
    )
    return classifier, None


def _load_run(folder: pathlib.Path) -> tuple[ExportedModule, None]:
    model, config = load_trained_model(folder, "model")
    return ClassifierModule(model, preparation=config.data.preparation), None


def _load_saved_model(
    folder: pathlib.Path,
) -> tuple[ExportedModule, TaughtClasses | None]:
    try:
        check_sums(folder)
        with _quiet():
            loaded = tf.saved_model.load(literal_path(folder))
        module, taught = getattr(loaded, "base", loaded), read_taught(loaded)
        _check_functions(module)
    except (OSError, AttributeError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"A SavedModel must be one that bin/export of this version has written. "
            f"Received: {folder} ({reason_of(error)}). Export it again, or choose "
            "another."
        ) from error
    return module, taught


def _check_functions(module: ExportedModule) -> None:
    """Raises AttributeError if a function is missing, as in exports of old versions."""
    read_rejections(module)
    for name in ("is_blank", "is_ink"):
        if not hasattr(module, name):
            raise AttributeError(f"it has no function {name}")


_LOADERS: dict[Kind, Callable[..., tuple[ExportedModule, TaughtClasses | None]]] = {
    Kind.PRETRAINED: _load_pretrained,
    Kind.RUN: _load_run,
    Kind.EXPORT: _load_saved_model,
}
# What a model is made of; the rest of its folder may change.
_CONTENTS = {
    Kind.PRETRAINED: (MODEL_FILE, WEIGHTS_FILE),
    Kind.RUN: (f"{RunFolder('').best_dir.name}/*",),
    Kind.EXPORT: (SAVED_MODEL_FILE, "variables/*"),
}


@functools.lru_cache(maxsize=_KEPT)
def _load(place: str, changed: int) -> LoadedModel:
    """Loads a model; `changed` keeps one of older files from being returned."""
    kind, folder = find_model(place)
    digest = _digest(folder, _CONTENTS[kind])
    module, taught = _LOADERS[kind](folder)
    rejections = read_rejections(module)
    is_ink = bool(module.is_ink())
    return LoadedModel(module, rejections, is_ink, taught, ModelFiles(place, digest))


def _digest(folder: pathlib.Path, patterns: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _newest_change(folder: pathlib.Path) -> int:
    best = RunFolder(folder).best_dir
    return max(path.stat().st_mtime_ns for path in _files(folder, best))


def _files(*folders: pathlib.Path) -> Iterator[pathlib.Path]:
    for folder in folders:
        yield from (path for path in folder.glob("*") if path.is_file())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hides TensorFlow's warnings about what only training would need."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
