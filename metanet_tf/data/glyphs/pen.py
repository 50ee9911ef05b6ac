"""Draws curves as anti-aliased ink, many pictures at once, in NumPy.

A curve is a cubic Bezier given by four control points. Coordinates are (x, y)
in units of the picture's side: (0, 0) top left, (1, 1) bottom right.
"""

import numpy as np

_POINTS_PER_CURVE = 32
_AT_ONCE = 64  # Pictures, whose numbers stay near the processor.
# A pen mark's faint rim is cut off and its core saturates, as with a real pen.
_RIM, _CONTRAST = 0.2, 1.6
_FAINT = -32.0  # Logarithm of ink that no eye sees: tiny numbers are slow to multiply.


def curve_points(curves: np.ndarray) -> np.ndarray:
    """Points along curves, from start to end.

    Args:
        curves: control points, float [..., 4, 2].

    Returns:
        float [..., points, 2].
    """
    t = np.linspace(0, 1, _POINTS_PER_CURVE, dtype=curves.dtype)[:, np.newaxis]
    bernstein = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
    return np.concatenate(bernstein, axis=1) @ curves


def draw(
    curves: np.ndarray, present: np.ndarray, pens: np.ndarray, image_size: int
) -> np.ndarray:
    """Draws one picture per row.

    The ink at a pixel is the line integral of a Gaussian pen mark along the
    curves. The mark is a product of one factor per axis, so that the sum over
    all points of a picture is one matrix product.

    Args:
        curves: control points, float32 [B, n, 4, 2].
        present: bool [B, n]; the other curves leave no ink.
        pens: float32 [B], the marks' standard deviations.
        image_size: height and width of the pictures, pixels.

    Returns:
        uint8 [B, image_size, image_size, 1]; 255 = ink.
    """
    pieces = [
        slice(start, start + _AT_ONCE) for start in range(0, len(curves), _AT_ONCE)
    ]
    drawn = [_draw(curves[i], present[i], pens[i], image_size) for i in pieces]
    return np.concatenate(drawn)


def _draw(
    curves: np.ndarray, present: np.ndarray, pens: np.ndarray, image_size: int
) -> np.ndarray:
    points = curve_points(curves)
    # Each point stands for a piece of its curve, as long as the step to the next.
    steps = np.linalg.norm(np.gradient(points, axis=-2), axis=-1)
    weights = (steps * present[..., np.newaxis]).reshape(len(curves), -1)
    # A straight line then has density 1 along its middle.
    weights /= np.sqrt(2 * np.pi, dtype=np.float32) * pens[:, np.newaxis]
    points = points.reshape(len(curves), -1, 2)
    columns = _marks(points[..., 0], pens, image_size)
    rows = _marks(points[..., 1], pens, image_size) * weights[..., np.newaxis]
    density = rows.transpose(0, 2, 1) @ columns
    ink = np.clip(_CONTRAST * (density - _RIM), 0, 1)
    return np.rint(255 * ink).astype(np.uint8)[..., np.newaxis]


def _marks(positions: np.ndarray, pens: np.ndarray, image_size: int) -> np.ndarray:
    """Pen marks along one axis: [B, points] to [B, points, image_size]."""
    pixels = (np.arange(image_size, dtype=np.float32) + 0.5) / image_size
    distances = positions[..., np.newaxis] - pixels
    exponents = -0.5 * (distances / pens[:, np.newaxis, np.newaxis]) ** 2
    return np.where(exponents < _FAINT, 0, np.exp(np.maximum(exponents, _FAINT)))
