"""Writes a trained MetaNet as a SavedModel folder, all of it or nothing."""

import pathlib
from collections.abc import Sequence

import tensorflow as tf

from metanet_tf.errors import InputError
from metanet_tf.files import new_folder
from metanet_tf.model import MetaNet
from metanet_tf.rejection import Rejection
from metanet_tf.serving.classifier import Classifier

_MODEL_FILE = "saved_model.pb"
_WRITTEN = {_MODEL_FILE, "fingerprint.pb", "variables", "assets"}


def export_model(
    model: MetaNet, export_dir: str, rejections: Sequence[Rejection] = ()
) -> None:
    """Writes `model` to `export_dir` with its signatures.

    `classify`, which is also `serving_default`, and `classify_encoded` are those of
    `Classifier`, whose other functions a loaded model has too. An export that is
    there already is replaced, once the new one is complete.

    Raises:
        InputError: if `export_dir` holds something else or cannot be written.
    """
    target = pathlib.Path(export_dir).expanduser()
    _check_replaceable(target)
    try:
        with new_folder(target) as folder:
            _save(Classifier(model, rejections), folder)
    except (OSError, tf.errors.OpError) as error:
        raise InputError(
            f"`export_dir` must be a folder that can be written. Received: "
            f"{export_dir} ({error}). Make room or choose another --export_dir."
        ) from error


def _check_replaceable(target: pathlib.Path) -> None:
    if target.exists() and not _is_replaceable(target):
        raise InputError(
            "`export_dir` must be new, empty or an earlier export. Received: "
            f"{target}, which holds something else. Choose another --export_dir."
        )


def _is_replaceable(target: pathlib.Path) -> bool:
    if not target.is_dir():
        return False
    names = {path.name for path in target.iterdir()}
    return not names or (_MODEL_FILE in names and names <= _WRITTEN)


def _save(classifier: Classifier, folder: pathlib.Path) -> None:
    signatures = {
        "classify": classifier.classify,
        "classify_encoded": classifier.classify_encoded,
        "serving_default": classifier.classify,
    }
    tf.saved_model.save(classifier, str(folder), signatures=signatures)
