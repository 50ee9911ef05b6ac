"""Tells apart and checks the arguments given to a classifier."""

import numbers
import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from metanet_tf.config import INKS
from metanet_tf.utils.errors import InputError

_FILES = (str, bytes, bytearray, os.PathLike)
_MAX_CHANNELS = 4


def check_settings(*, ink: str, threshold: float | None, max_pixels: int) -> None:
    """Checks settings of a classifier.

    Raises:
        InputError: if one cannot be used; the message says which.
    """
    if ink not in INKS:
        raise InputError(
            f"`ink` must be one of {', '.join(INKS)}. Received: {ink}. Change it."
        )
    if threshold is not None and not (
        isinstance(threshold, numbers.Real) and -1 <= threshold <= 1
    ):
        raise InputError(
            "`threshold` must be a number in [-1, 1], or None for the model's own. "
            f"Received: {threshold!r}. Change it."
        )
    if not isinstance(max_pixels, numbers.Integral) or max_pixels < 1:
        raise InputError(
            "`max_pixels` must be a whole number, at least 1. Received: "
            f"{max_pixels!r}. Change it."
        )


def is_path(pictures: Any) -> bool:
    """Returns whether this is the path of a file or folder."""
    return isinstance(pictures, (str, os.PathLike))


def is_one_picture(pictures: Any, num_features: int | None) -> bool:
    """Returns whether this is a picture, and not a collection of pictures.

    A list is never one; a file that is open is. An array [h, w, channels] with up to 4
    channels is one. An array of two dimensions is a table, a picture in each row, for
    a classifier that was taught by such rows, and a picture for others; but [s, s] is
    a picture, too, where rows have s * s numbers.

    Args:
        pictures: what a method was given.
        num_features: numbers in a row that was taught; None: no rows were.
    """
    if _is_file(pictures):
        return True
    if isinstance(pictures, (list, tuple, Iterator)) or _is_table(pictures):
        return False
    shape = np.asarray(pictures).shape
    if len(shape) == 3:
        return shape[-1] <= _MAX_CHANNELS
    if len(shape) != 2 or num_features is None:
        return len(shape) == 2
    return shape[0] == shape[1] != num_features == shape[0] * shape[1]


def is_rows(pictures: Any) -> bool:
    """Returns whether this is a table of numbers, a picture in each row.

    A single row counts too, and a sparse table, which scikit-learn's own checks
    refuse with its own messages.
    """
    if _is_file(pictures) or isinstance(pictures, Iterator):
        return False
    if isinstance(pictures, (list, tuple)):
        return bool(pictures) and _is_row(pictures[0])
    if _is_table(pictures):
        return True
    array = np.asarray(pictures)
    return array.ndim in (0, 2) or (array.ndim == 1 and array.dtype.kind in "biufc")


def as_sequence(pictures: Any) -> Any:
    """Returns a list of pictures, or an array of numbers as it is."""
    if isinstance(pictures, Iterator):
        return list(pictures)
    if isinstance(pictures, (list, tuple)):
        return pictures
    array = np.asarray(pictures)
    return array if array.dtype.kind in "biufc" else list(array)


def checked_labels(labels: Any, num_pictures: int) -> np.ndarray:
    """Returns the class of each picture: text or numbers, [num_pictures].

    Args:
        labels: list, array or column of pandas, of any type that holds text alone or
            numbers alone.
        num_pictures: how many there must be.

    Raises:
        InputError: if there are none, of another number, or of both kinds.
        ValueError: if scikit-learn takes them for something else than classes.
    """
    if labels is None:
        raise InputError(
            "`y` must name the class of every picture, unless `X` is a folder. "
            "Received: None (scikit-learn: this classifier requires y to be passed, "
            "but the target y is None). Give a list of names."
        )
    _check_values(labels)
    names = _plain(column_or_1d(labels, warn=True))
    with warnings.catch_warnings():  # One picture of each class is how it is meant.
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        check_classification_targets(names)
    if len(names) != num_pictures:
        raise InputError(
            "`y` must hold one class for each picture. Received: "
            f"{len(names)} classes and {num_pictures} pictures. Give as many."
        )
    return names


def is_text(labels: np.ndarray) -> bool:
    """Returns whether labels are text, and not numbers."""
    return labels.dtype.kind in "OU"


def _is_table(pictures: Any) -> bool:
    """Tells a DataFrame and a sparse matrix, which are of two dimensions."""
    return hasattr(pictures, "columns") or hasattr(pictures, "tocsr")


def _is_row(picture: Any) -> bool:
    return not _is_file(picture) and np.ndim(picture) <= 1


def _is_file(picture: Any) -> bool:
    """Tells a picture's file, by its path or content or open, or an image of Pillow."""
    return isinstance(picture, (*_FILES, Image.Image)) or hasattr(picture, "read")


def _plain(labels: np.ndarray) -> np.ndarray:
    """Finds the type of labels that NumPy has as objects."""
    values = labels.tolist() if labels.dtype.kind in "OT" else []
    if values and all(isinstance(value, str) for value in values):
        return np.array(values, str)
    if values and all(isinstance(v, (int, np.integer)) for v in values):
        return np.array(values)
    return labels


def _check_values(labels: Any) -> None:
    """Checks what NumPy would change: a 1 beside text, and text that ends in NUL."""
    values = np.asarray(labels, object).ravel()
    texts = [value for value in values if isinstance(value, str)]
    if texts and len(texts) < len(values):
        raise InputError(
            "`y` must hold text alone or numbers alone. Received: "
            f"{' and '.join(sorted({type(value).__name__ for value in values}))}. "
            "Convert them, for example with str."
        )
    if any(text.endswith("\0") for text in texts):
        raise InputError(
            "`y` must hold names without a NUL character at their end. Received: one "
            "with it. Remove it."
        )
