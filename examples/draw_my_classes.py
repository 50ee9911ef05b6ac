#!/usr/bin/env python3
"""Draws examples/my_classes and examples/my_queries again, the same ones every time.

    python examples/draw_my_classes.py

Each sign is a few strokes. The package's glyph code draws it by another hand each
time: moved, turned, slanted and larger or smaller, with an unsteady pen. A star is
among the queries alone: it is none of the classes.
"""

import pathlib
import zlib

import numpy as np
from PIL import Image

from metanet_tf.data.glyphs.hands import drawn_by_other_hands
from metanet_tf.data.glyphs.pen import draw

FOLDER = pathlib.Path(__file__).parent
SIDE = 160  # pixels
QUERIES = 2  # drawings of each sign beside its example
STRANGER = "star"  # a sign without an example
_STEADINESS = 0.5  # 0: drawn as unsteadily as the package's glyphs; 1: all alike
_QUARTER = 0.5523  # where the handles of a quarter of a circle are

Point = tuple[float, float]


def line(start: Point, end: Point) -> np.ndarray:
    """Returns the control points of a straight stroke, float64 [4, 2]."""
    return np.linspace(start, end, 4)


def curve(*points: Point) -> np.ndarray:
    """Returns four control points, float64 [4, 2]."""
    return np.array(points, float)


def circle(centre: Point, radius: float) -> list[np.ndarray]:
    """Returns the control points of four quarters of a circle."""
    quarter = np.array([(1, 0), (1, _QUARTER), (_QUARTER, 1), (0, 1)])
    turn = np.array([(0, -1), (1, 0)])
    turns = [np.linalg.matrix_power(turn, number) for number in range(4)]
    return [np.array(centre) + radius * quarter @ matrix.T for matrix in turns]


def _corner(number: int) -> Point:
    """Returns a corner of a regular pentagon, of which 0 is above."""
    angle = 2 * np.pi * number / 5
    return 0.33 * np.sin(angle), -0.33 * np.cos(angle)


# x to the right and y down, around (0, 0), in parts of the picture's side.
SIGNS = {
    "arrow": [
        line((-0.33, 0), (0.33, 0)),
        line((0.33, 0), (0.12, -0.2)),
        line((0.33, 0), (0.12, 0.2)),
    ],
    "fish": [
        curve((-0.33, 0), (-0.1, -0.3), (0.1, -0.2), (0.33, 0.18)),
        curve((-0.33, 0), (-0.1, 0.3), (0.1, 0.2), (0.33, -0.18)),
        line((0.33, -0.18), (0.33, 0.18)),
    ],
    "house": [
        line((-0.24, -0.05), (-0.24, 0.3)),
        line((-0.24, 0.3), (0.24, 0.3)),
        line((0.24, 0.3), (0.24, -0.05)),
        line((-0.32, 0), (0, -0.33)),
        line((0, -0.33), (0.32, 0)),
    ],
    "snake": [
        curve((0.22, -0.26), (0.12, -0.34), (-0.22, -0.36), (-0.22, -0.16)),
        curve((-0.22, -0.16), (-0.22, 0), (-0.1, -0.02), (0, 0)),
        curve((0, 0), (0.1, 0.02), (0.22, 0), (0.22, 0.16)),
        curve((0.22, 0.16), (0.22, 0.36), (-0.12, 0.34), (-0.22, 0.26)),
    ],
    "star": [line(_corner(number), _corner(number + 2)) for number in range(5)],
    "tree": [
        line((0, 0.33), (0, -0.33)),
        line((0, 0.1), (-0.24, -0.12)),
        line((0, 0.1), (0.24, -0.12)),
        line((0, -0.1), (-0.16, -0.28)),
        line((0, -0.1), (0.16, -0.28)),
    ],
    "wheel": [
        *circle((0, 0), 0.3),
        line((-0.3, 0), (0.3, 0)),
        line((0, -0.3), (0, 0.3)),
    ],
}


def pictures() -> dict[str, np.ndarray]:
    """Returns every picture by its place, such as "my_classes/fish.png".

    Each is uint8 [SIDE, SIDE], dark ink on white paper.
    """
    drawn = {}
    for name, strokes in SIGNS.items():
        first, *others = _drawings(name, np.stack(strokes), 1 + QUERIES)
        if name == STRANGER:
            drawn[f"my_queries/{name}.png"] = first
            continue
        drawn[f"my_classes/{name}.png"] = first
        for number, other in enumerate(others, start=1):
            drawn[f"my_queries/{name}_{number}.png"] = other
    return drawn


def _drawings(name: str, strokes: np.ndarray, count: int) -> np.ndarray:
    """Draws one sign `count` times, each by another hand: uint8 [count, SIDE, SIDE]."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    curves, pens = drawn_by_other_hands(rng, np.repeat(strokes[None], count, axis=0))
    curves += _STEADINESS * (strokes.astype(np.float32) + 0.5 - curves)
    present = np.ones(curves.shape[:2], bool)
    return 255 - draw(curves, present, pens, SIDE)[..., 0]


def main() -> None:
    """Writes the pictures."""
    for place, picture in pictures().items():
        path = FOLDER / place
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path, optimize=True)


if __name__ == "__main__":
    main()
