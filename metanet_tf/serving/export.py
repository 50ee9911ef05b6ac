"""Writes a trained MetaNet as a SavedModel folder, all of it or nothing."""

import os
import pathlib
import tempfile

import tensorflow as tf

from metanet_tf.errors import InputError
from metanet_tf.model import MetaNet
from metanet_tf.serving.classifier import Classifier


def export_model(model: MetaNet, export_dir: str) -> None:
    """Writes `model` to `export_dir` with its signatures.

    `classify`, which is also `serving_default`, and `classify_encoded` are those of
    `Classifier`. An export that is there already is replaced, once the new one is
    complete.

    Raises:
        InputError: if `export_dir` holds something else or cannot be written.
    """
    target = pathlib.Path(export_dir)
    _check_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target: only within one file system is renaming a single act.
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name}-", dir=target.parent
        ) as aside:
            _save(model, pathlib.Path(aside, "new"))
            _replace(target, pathlib.Path(aside))
    except (OSError, tf.errors.OpError) as error:
        raise InputError(
            f"`export_dir` must be a folder that can be written. Received: "
            f"{export_dir} ({error}). Make room or choose another --export_dir."
        ) from error


def _check_replaceable(target: pathlib.Path) -> None:
    if not target.exists() or (target / "saved_model.pb").is_file():
        return
    if not target.is_dir() or any(target.iterdir()):
        raise InputError(
            "`export_dir` must be new, empty or an earlier export. Received: "
            f"{target}, which holds something else. Choose another --export_dir."
        )


def _save(model: MetaNet, folder: pathlib.Path) -> None:
    classifier = Classifier(model)
    signatures = {
        "classify": classifier.classify,
        "classify_encoded": classifier.classify_encoded,
        "serving_default": classifier.classify,
    }
    tf.saved_model.save(classifier, str(folder), signatures=signatures)


def _replace(target: pathlib.Path, aside: pathlib.Path) -> None:
    if target.exists():
        os.replace(target, aside / "old")
    os.replace(aside / "new", target)
