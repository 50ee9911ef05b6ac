"""Tables of numbers, as scikit-learn has them: a square picture in each row."""

import warnings
from typing import NamedTuple

import numpy as np


class RowScale(NamedTuple):
    """Smallest and largest number of the rows that were taught."""

    low: float
    high: float


def scale_of_rows(rows: np.ndarray) -> RowScale:
    """Returns the scale of numbers [n, d], n >= 1."""
    return RowScale(float(rows.min()), float(rows.max()))


def pictures_of_rows(rows: np.ndarray, scale: RowScale | None) -> np.ndarray:
    """Makes square pictures of rows, and warns where they are no squares.

    Args:
        rows: numbers [n, d].
        scale: what is black and white; numbers beyond it are clipped. None: rows are
            no others than pictures, whose scale is found when they are read.

    Returns:
        [n, s, s], numbers as they are, without a scale; else uint8 [n, s, s, 4].
    """
    side = int(np.ceil(np.sqrt(rows.shape[1])))
    missing = side**2 - rows.shape[1]
    if missing:
        warnings.warn(
            f"Rows of {rows.shape[1]} numbers are no square pictures: each is filled "
            f"up to {side} x {side} with its last number. Reshape them to [n, height, "
            "width] if they are pictures of another shape.",
            UserWarning,
            stacklevel=2,
        )
    filled = np.pad(rows, [(0, 0), (0, missing)], mode="edge")
    pictures = filled.reshape(-1, side, side)
    return pictures if scale is None else _pixels(pictures, scale)


def _pixels(pictures: np.ndarray, scale: RowScale) -> np.ndarray:
    width = max(scale.high - scale.low, 1e-9)
    shares = np.clip((pictures.astype(float) - scale.low) / width, 0.0, 1.0)
    grey = np.round(255 * shares).astype(np.uint8)
    return np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1)
