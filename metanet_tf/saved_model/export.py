"""Writes a trained MetaNet as a SavedModel folder, all of it or nothing."""

import contextlib
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from metanet_tf.evaluation.rejection import RejectionThreshold
from metanet_tf.model import MetaNet
from metanet_tf.model_source import Kind, identify
from metanet_tf.saved_model.classifier_module import ClassifierModule, ExportedModule
from metanet_tf.saved_model.litert import LABELS_FILE, convert
from metanet_tf.saved_model.taught import TaughtClassifier, class_list
from metanet_tf.utils.checksums import SUMS_FILE, write_sums
from metanet_tf.utils.errors import InputError, reason_of
from metanet_tf.utils.files import literal_path, new_folder
from metanet_tf.utils.version_folders import SAVED_MODEL_FILE, add_version

# TensorFlow Serving's name for it, too.
LITERT_FILE = "model.tflite"

_WRITTEN = {SAVED_MODEL_FILE, "fingerprint.pb", "variables", "assets", SUMS_FILE}


def export_model(
    model: MetaNet,
    export_dir: str,
    rejections: Sequence[RejectionThreshold] = (),
    *,
    preparation: str = "none",
) -> None:
    """Writes `model` to `export_dir` with its signatures.

    `classify`, which is also `serving_default`, and `classify_encoded` are those of
    `ClassifierModule`, whose other functions a loaded model has too. An export that is
    there already is replaced, once the new one is complete.

    Args:
        model: see `ClassifierModule`, as of the others.
        export_dir: new, empty or an earlier export.
        rejections: thresholds for what is of no taught class.
        preparation: of pictures, as in training.

    Raises:
        InputError: if `export_dir` holds something else or cannot be written.
    """
    target = pathlib.Path(os.path.expanduser(export_dir))
    _check_replaceable(target)
    classifier = ClassifierModule(model, rejections, preparation=preparation)
    with _place_errors(export_dir), new_folder(target) as folder:
        _save(classifier, classifier, folder, serving_default=classifier.classify)
        write_sums(folder)


def export_taught(
    taught: TaughtClassifier, export_dir: str, *, litert: bool = False
) -> pathlib.Path:
    """Writes `taught` to the next of the folders 1, 2, ... in `export_dir`.

    `serving_default` is `classify_pictures`; `classify_images` and the signatures of
    the model that can be taught are there too. A server that looks for versions never
    sees half of one.

    Args:
        taught: the classifier.
        export_dir: new, empty, or with earlier versions, which stay.
        litert: whether to write a LiteRT file and its labels, too; see
            `litert.convert`.

    Returns:
        The version's folder.

    Raises:
        InputError: if `export_dir` is the folder of another model or cannot be
            written.
    """
    versions = pathlib.Path(os.path.expanduser(export_dir))
    _check_holds_versions(versions)

    def fill(folder: pathlib.Path) -> None:
        _save(
            taught,
            taught.base,
            folder,
            serving_default=taught.classify_pictures,
            classify_images=taught.classify_images,
        )
        if litert:
            _write_litert(taught, folder)
        write_sums(folder)

    with _place_errors(export_dir):
        return add_version(versions, fill)


@contextlib.contextmanager
def _place_errors(export_dir: str) -> Iterator[None]:
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        raise InputError(
            f"`export_dir` must be a folder that can be written. Received: "
            f"{export_dir} ({reason_of(error)}). Make room or choose another "
            "--export_dir."
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
    return not names or (SAVED_MODEL_FILE in names and names <= _WRITTEN)


def _check_holds_versions(folder: pathlib.Path) -> None:
    source = identify(folder)
    if source is not None and source.kind is not Kind.VERSIONS:
        raise InputError(
            "`export_dir` must be a folder for versions 1, 2, ... of taught classes. "
            f"Received: {folder}, which is {source.kind.value}. Choose another "
            "--export_dir."
        )


def _save(
    module: tf.Module, base: ExportedModule, folder: pathlib.Path, **signatures: Any
) -> None:
    """Writes `module` with its own signatures and those of `base`.

    Args:
        module: what is written.
        base: a `ClassifierModule`, or a SavedModel of one; part of `module`.
        folder: where.
        **signatures: further ones, by name.
    """
    signatures["classify"] = base.classify
    signatures["classify_encoded"] = base.classify_encoded
    tf.saved_model.save(module, literal_path(folder), signatures=signatures)


def _write_litert(taught: TaughtClassifier, folder: pathlib.Path) -> None:
    (folder / LABELS_FILE).write_bytes(class_list(taught.class_names))
    (folder / LITERT_FILE).write_bytes(convert(taught))
