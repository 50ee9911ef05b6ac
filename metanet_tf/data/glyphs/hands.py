"""Hands: what tells one drawing of a glyph class from another.

The spreads are tuned so that the nearest support image, pixel by pixel, is of
the right class about as seldom as on Omniglot.
"""

import numpy as np

_STROKE_SPREAD = 0.02  # Standard deviations, as parts of the picture's side.
_CONTROL_POINT_SPREAD = 0.03
_MAX_SHIFT = 0.08
_MAX_TURN = np.deg2rad(10)
_MAX_SLANT = 0.15
_MIN_SCALE, _MAX_SCALE = 0.8, 1.15
_THINNEST_PEN, _THICKEST_PEN = 0.016, 0.022


def drawn_by_other_hands(
    rng: np.random.Generator, strokes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Perturbs every program and puts it in a picture.

    The control points move a little, and the whole is turned, slanted, scaled
    and shifted.

    Args:
        rng: where the hands come from.
        strokes: float32 [B, strokes, 4, 2], around (0, 0).

    Returns:
        Control points like `strokes`, but around (0.5, 0.5); and the widths of
        the pens, float32 [B].
    """
    batch = len(strokes)
    moved = strokes + rng.normal(0, _STROKE_SPREAD, (batch, strokes.shape[1], 1, 2))
    moved += rng.normal(0, _CONTROL_POINT_SPREAD, strokes.shape)
    shift = rng.uniform(-_MAX_SHIFT, _MAX_SHIFT, (batch, 1, 1, 2))
    placed = np.einsum("bij,bskj->bski", _linear_maps(rng, batch), moved) + shift + 0.5
    pens = rng.uniform(_THINNEST_PEN, _THICKEST_PEN, batch)
    return placed.astype(np.float32), pens.astype(np.float32)


def _linear_maps(rng: np.random.Generator, batch: int) -> np.ndarray:
    """Turn, then slant, then scale: float64 [batch, 2, 2]."""
    angle = rng.uniform(-_MAX_TURN, _MAX_TURN, batch)
    slant = rng.uniform(-_MAX_SLANT, _MAX_SLANT, batch)
    scale = rng.uniform(_MIN_SCALE, _MAX_SCALE, (batch, 2, 1))
    across = np.stack([np.cos(angle), -np.sin(angle)], axis=-1)
    down = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    return scale * np.stack([across + slant[:, np.newaxis] * down, down], axis=1)
