"""Stroke programs: what tells one glyph class from another.

A program is two to four strokes: lines, arcs and free curves, most of them
attached to an earlier stroke. Every stroke is a cubic Bezier curve.
"""

import numpy as np

from metanet_tf.data.glyphs.pen import curve_points

_MAX_STROKES = 4
_STROKE_COUNTS, _STROKE_COUNT_CHANCES = (2, 3, 4), (0.35, 0.4, 0.25)
_LINE, _ARC, _FREE = range(3)
_KIND_CHANCES = (0.4, 0.35, 0.25)
_GLYPH_SIDE = 0.68  # The glyph's longer side, as a part of the picture's.


def stroke_programs(
    rng: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draws `count` programs, of four strokes of which two to four are present.

    Returns:
        Control points, float32 [count, 4, 4, 2], around (0, 0) in units of the
        picture's side; and which strokes are present, bool [count, 4].
    """
    shape = (count, _MAX_STROKES)
    strokes = _attached(rng, _bent(rng, shape) * rng.uniform(0.5, 1.0, (*shape, 1, 1)))
    numbers = rng.choice(_STROKE_COUNTS, size=count, p=_STROKE_COUNT_CHANCES)
    present = np.arange(_MAX_STROKES) < numbers[:, np.newaxis]
    return _fitted(strokes, present).astype(np.float32), present


def _bent(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Strokes from (0, 0) to a point at distance 1, float64 [*shape, 4, 2]."""
    along = _directions(rng, shape)
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    bulge = rng.choice([-1, 1], size=shape) * rng.uniform(0.5, 1.3, shape)
    arc = (bulge[..., np.newaxis] * across)[..., np.newaxis, :]
    free = rng.normal(0, 0.7, (*shape, 4, 2))
    kind = rng.choice(3, size=shape, p=_KIND_CHANCES)[..., np.newaxis, np.newaxis]
    bend = np.select([kind == _ARC, kind == _FREE], [arc, free], 0.0)
    position = np.array([0, 1 / 3, 2 / 3, 1])[:, np.newaxis]
    is_inner = np.array([0, 1, 1, 0])[:, np.newaxis]
    return position * along[..., np.newaxis, :] + is_inner * bend


def _directions(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Unit vectors, float64 [*shape, 2], near the multiples of 45 degrees.

    A stroke never goes on or back in the line of the one before, since the two
    would look like one.
    """
    turns = rng.choice([-3, -2, -1, 1, 2, 3], size=shape)
    eighths = rng.integers(8, size=(shape[0], 1)) + np.cumsum(turns, axis=1)
    angle = eighths * np.pi / 4 + rng.normal(0, 0.2, shape)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _attached(rng: np.random.Generator, strokes: np.ndarray) -> np.ndarray:
    """Moves each stroke but the first to a point of an earlier one."""
    attached = strokes[:, :1]
    for number in range(1, strokes.shape[1]):
        stroke = strokes[:, number]
        shift = _anchors(rng, attached) - _own_points(rng, stroke)
        moved = stroke + shift[:, np.newaxis]
        attached = np.concatenate([attached, moved[:, np.newaxis]], axis=1)
    return attached


def _anchors(rng: np.random.Generator, strokes: np.ndarray) -> np.ndarray:
    """One point for each of [count, n, 4, 2]: an end or any point of a stroke.

    Three in ten are moved away, so that their stroke stands alone.
    """
    count = len(strokes)
    points = curve_points(strokes)
    last = points.shape[2] - 1
    ends = rng.choice([0, last], size=count)
    anywhere = rng.integers(last + 1, size=count)
    position = np.where(rng.random(count) < 0.5, ends, anywhere)
    chosen = points[
        np.arange(count), rng.integers(strokes.shape[1], size=count), position
    ]
    loose = rng.random((count, 1)) < 0.3
    return chosen + loose * rng.uniform(-0.5, 0.5, (count, 2))


def _own_points(rng: np.random.Generator, stroke: np.ndarray) -> np.ndarray:
    """Points of [count, 4, 2] to be put on the anchors: each a start or a middle."""
    crosses = rng.random((len(stroke), 1)) < 0.3
    return np.where(crosses, curve_points(stroke).mean(axis=1), stroke[:, 0])


def _fitted(strokes: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Centres every program on (0, 0) and gives its longer side one length."""
    points = curve_points(strokes)
    visible = present[..., np.newaxis, np.newaxis]
    low = np.where(visible, points, np.inf).min(axis=(1, 2))
    high = np.where(visible, points, -np.inf).max(axis=(1, 2))
    centre, side = (low + high) / 2, (high - low).max(axis=1)
    scale = (_GLYPH_SIDE / side).reshape(-1, 1, 1, 1)
    return scale * (strokes - centre[:, np.newaxis, np.newaxis])
