"""Finds the model that `--model` names, and tells of which kind it is."""

import enum
import os
import pathlib
from collections.abc import Collection
from typing import NamedTuple

from metanet_tf.utils import hub
from metanet_tf.utils.checksums import SUMS_FILE
from metanet_tf.utils.errors import InputError, did_you_mean
from metanet_tf.utils.version_folders import SAVED_MODEL_FILE, newest_version

PACKAGED = pathlib.Path(__file__).parent / "pretrained"
MODEL_FILE = "model.json"
WEIGHTS_FILE = "model.weights.h5"
CARD_FILE = "MODEL_CARD.md"
PRETRAINED_FILES = (MODEL_FILE, WEIGHTS_FILE, CARD_FILE, SUMS_FILE)
FLAGS_FILE = "flags.txt"


class Kind(enum.Enum):
    """The kinds of model; a value is the kind's name in messages."""

    PRETRAINED = "a pretrained model"
    RUN = "the folder of a run"
    EXPORT = "the folder of an export"
    VERSIONS = "a folder of numbered exports"


ANY_KIND = tuple(Kind)
TRAINED = (Kind.PRETRAINED, Kind.RUN)
EXPORTS = (Kind.EXPORT, Kind.VERSIONS)

_MARKS = {
    Kind.PRETRAINED: MODEL_FILE,
    Kind.RUN: FLAGS_FILE,
    Kind.EXPORT: SAVED_MODEL_FILE,
}
_USUAL_PLACES = ("runs/*", "runs/*/export", "models/*")


class ModelSource(NamedTuple):
    """A model's kind, and the folder of its files.

    For numbered exports, this is the folder with the highest number.
    """

    kind: Kind
    folder: pathlib.Path


def pretrained_names() -> list[str]:
    """Returns the names of the models that come with the package, sorted."""
    return sorted(path.parent.name for path in PACKAGED.glob(f"*/{MODEL_FILE}"))


def identify(model: str | os.PathLike) -> ModelSource | None:
    """Returns the kind and folder of a model, or None if there is no model.

    Args:
        model: a folder, the name of a pretrained model, or hf://USER/NAME of one on
            the Hugging Face Hub. A text that is such a name means that model, even
            beside a folder called so; "./NAME" and a path object are always folders.

    Raises:
        InputError: if a model on the Hub cannot be had.
    """
    folder = _folder(model)
    for kind, mark in _MARKS.items():
        if (folder / mark).is_file():
            return ModelSource(kind, folder)
    newest = newest_version(folder)
    return ModelSource(Kind.VERSIONS, newest.folder) if newest else None


def _folder(model: str | os.PathLike) -> pathlib.Path:
    if hub.is_hub_name(model):
        return hub.download(str(model), PRETRAINED_FILES)
    if model in pretrained_names():
        return PACKAGED / model
    return pathlib.Path(os.path.expanduser(model))


def find_model(
    model: str | os.PathLike,
    kinds: Collection[Kind] = ANY_KIND,
    *,
    remedy: str = "Choose another.",
) -> ModelSource:
    """Finds a model of one of the given kinds.

    Args:
        model: see `identify`.
        kinds: those that can be used.
        remedy: end of the message about a model of another kind: why it cannot be
            used, and what to do instead.

    Raises:
        InputError: if there is no model, with a list of those that there are; or if
            it is of another kind.
    """
    source = identify(model) if model else None
    if source is not None and source.kind in kinds:
        return source
    if source is not None:
        received = f"{model}, which is {source.kind.value}"
    else:
        received = f"{model}, which holds no model" if model else "nothing"
        remedy = _those_there(model, kinds)
    *others, last = [kind.value for kind in kinds]
    expected = f"{', '.join(others)} or {last}" if others else last
    raise InputError(f"`model` must be {expected}. Received: {received}. {remedy}")


def find_trained(model: str | os.PathLike) -> ModelSource:
    """Finds a model that says what it was trained on: a pretrained model or a run.

    Raises:
        InputError: as `find_model` does.
    """
    remedy = (
        "An export does not say which data it was trained on: give the model that it "
        "was made from."
    )
    return find_model(model, TRAINED, remedy=remedy)


def _those_there(model: str | os.PathLike, kinds: Collection[Kind]) -> str:
    """Names the models that ship and those in the usual places; first what is meant."""
    names = pretrained_names() if Kind.PRETRAINED in kinds else []
    for pattern in _USUAL_PLACES:
        for path in sorted(pathlib.Path().glob(pattern)):
            source = identify(path)
            if source is not None and source.kind in kinds:
                names.append(str(path))
    if not names:
        return "There is none here; bin/train makes a run, bin/export an export."
    return f"{did_you_mean(model, names)}There are: {', '.join(names)}. Choose one."
