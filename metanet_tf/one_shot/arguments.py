"""What scikit-learn and people give to a classifier, told apart and checked."""

import os
import warnings
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from metanet_tf.errors import InputError

FILES = (str, bytes, os.PathLike)


def is_folder(images: Any) -> bool:
    """Whether the examples are to be found in a folder."""
    return isinstance(images, (str, os.PathLike))


def is_rows(images: Any) -> bool:
    """Whether `images` is a table of numbers, a picture in each row.

    A single row counts too, and a sparse table, which scikit-learn's own checks
    refuse with its own messages.
    """
    if isinstance(images, (list, tuple)):
        return (
            bool(images)
            and not isinstance(images[0], FILES)
            and np.ndim(images[0]) <= 1
        )
    array = np.asarray(images)
    return array.ndim in (0, 2) or (array.ndim == 1 and array.dtype.kind in "biufc")


def square_pictures(rows: np.ndarray) -> np.ndarray:
    """Takes each row of [n, size * size] for a square picture: [n, size, size].

    Raises:
        InputError: if the rows' length is no square.
    """
    size = int(np.sqrt(rows.shape[1]))
    if size**2 != rows.shape[1]:
        raise InputError(
            "`images` must be pictures [n, height, width], or rows of square ones. "
            f"Received: rows of {rows.shape[1]} numbers. Reshape them."
        )
    return rows.reshape(-1, size, size)


def checked_class_names(class_names: Any, num_images: int) -> np.ndarray:
    """Returns one class name for each image, [num_images].

    Raises:
        InputError: if there are none, or of another number.
        ValueError: if scikit-learn takes them for something else than classes.
    """
    if class_names is None:
        raise InputError(
            "`class_names` must name the class of every picture, unless `images` is "
            "a folder. Received: None (scikit-learn: this classifier requires y to be "
            "passed, but the target y is None). Give a list of names."
        )
    names = column_or_1d(class_names, warn=True)
    with warnings.catch_warnings():  # One picture of each class is how it is meant.
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        check_classification_targets(names)
    if len(names) != num_images:
        raise InputError(
            "`class_names` must hold one name for each picture. Received: "
            f"{len(names)} names and {num_images} pictures. Give as many."
        )
    return names
