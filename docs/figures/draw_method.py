#!/usr/bin/env python3
"""Draws what a Meta Network does with examples and with a new picture.

    python docs/figures/draw_method.py docs/method.png

The drawings are those of examples/. The strengths of the attention are made up.
"""

import pathlib
import sys

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
CLASSES = ("fish", "house", "wheel")
QUERY = "wheel_1"
ATTENTION = (0.08, 0.14, 0.78)

WIDTH, HEIGHT = 13.0, 6.9
SCALE = 0.85  # inches a unit; smaller makes texts larger beside the rest.
ROWS = (4.3, 3.2, 2.1)  # Heights of the examples, and of the memory's rows.
INK, SLOW, FAST, MEMORY = "#23272e", "#dbe4f0", "#f7dfb5", "#e3f0df"
Point = tuple[float, float]


def draw_method() -> Figure:
    """Returns the figure: learning at the left, the memory, answering at the right."""
    size = SCALE * WIDTH, SCALE * HEIGHT
    figure = Figure(figsize=size, dpi=140, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.set_axis_off()
    _draw_learning(axes)
    _draw_memory(axes)
    _draw_answering(axes)
    _draw_legend(axes)
    return figure


def _draw_learning(axes: Axes) -> None:
    _write(axes, (2.9, 6.55), "Learn: once, from the examples", size=15)
    _write(axes, (0.85, 5.15), "support: one\nexample a class")
    for name, y in zip(CLASSES, ROWS, strict=True):
        _picture(axes, EXAMPLES / "my_classes" / f"{name}.png", (0.8, y))
    _box(axes, (3.3, 5.7), "d", "an LSTM, reads gradients", FAST)
    _box(axes, (3.3, 4.1), "u", "turns a picture into a point r′", SLOW)
    _box(axes, (2.45, 2.1), "b", "tries to name it", SLOW, width=1.4)
    _box(axes, (4.2, 2.1), "m", "a small network", FAST, width=1.4)
    _arrow(axes, (1.3, 3.9), (2.15, 4.1))
    _arrow(axes, (1.3, 2.6), (1.75, 2.25))
    _arrow(axes, (2.8, 4.55), (2.8, 5.25), "gradients", side="left")
    _arrow(axes, (3.9, 5.25), (3.9, 4.55), "fast weights\nQ*", side="right")
    _arrow(axes, (3.15, 2.1), (3.5, 2.1))
    _write(axes, (3.35, 1.3), "gradients of b's loss:\nhow b would have to change")
    _arrow(axes, (4.45, 4.1), (5.78, 3.9), "key r′", side="above")
    _arrow(axes, (4.9, 2.3), (5.78, 2.6), "value W*", side="above left")


def _draw_memory(axes: Axes) -> None:
    _write(axes, (6.75, 5.1), "memory:\na row for each example")
    _patch(axes, (6.75, 3.2), 1.9, 3.3, MEMORY)
    for number, y in enumerate(ROWS, start=1):
        for x, letter in ((6.3, "r′"), (7.2, "W*")):
            _patch(axes, (x, y), 0.76, 0.66, "white")
            _write(axes, (x, y), f"{letter}$_{number}$", size=13)
    _write(axes, (6.3, 1.3), "keys")
    _write(axes, (7.2, 1.3), "values")


def _draw_answering(axes: Axes) -> None:
    _write(axes, (10.3, 6.55), "Answer: for each new picture", size=15)
    _write(axes, (12.2, 6.05), "query")
    _picture(axes, EXAMPLES / "my_queries" / f"{QUERY}.png", (12.2, 5.4))
    _box(axes, (10.4, 5.4), "u", "with Q*: the point r", SLOW, width=1.9)
    _arrow(axes, (11.7, 5.4), (11.35, 5.4))
    _box(axes, (10.1, 3.5), "attention", "cosine of r with each key", MEMORY)
    _arrow(axes, (10.4, 4.95), (10.4, 3.95), "r", side="right")
    for share, y in zip(ATTENTION, ROWS, strict=True):
        axes.plot((7.75, 8.95), (y, 3.5), color=INK, linewidth=0.8 + 7 * share)
    _write(axes, (8.32, 1.6), "thick: much\nattention")
    _box(axes, (10.1, 1.8), "b", "with W and the W* it read", SLOW)
    _arrow(axes, (10.1, 3.05), (10.1, 2.25), "mixture of W*", side="right")
    _arrow(axes, (11.25, 1.8), (11.75, 1.8))
    _write(axes, (12.25, 1.8), "“wheel”", size=15)


def _draw_legend(axes: Axes) -> None:
    rows = (
        (1.3, SLOW, "learners: they see pictures"),
        (4.6, FAST, "generators: they turn gradients into fast weights"),
        (9.9, MEMORY, "memory, read by attention"),
    )
    for x, colour, text in rows:
        _patch(axes, (x, 0.45), 0.32, 0.24, colour)
        axes.text(x + 0.3, 0.45, text, va="center", fontsize=10, color=INK)


def _box(
    axes: Axes,
    centre: Point,
    name: str,
    text: str,
    colour: str,
    width: float = 2.3,
) -> None:
    x, y = centre
    _patch(axes, centre, width, 0.9, colour)
    _write(axes, (x, y + 0.17), name, size=14, weight="bold")
    _write(axes, (x, y - 0.2), text, size=9)


def _patch(axes: Axes, centre: Point, width: float, height: float, colour: str) -> None:
    """Draws a rectangle with round corners."""
    corner = centre[0] - width / 2, centre[1] - height / 2
    style = "round,pad=0,rounding_size=0.1"
    axes.add_patch(
        FancyBboxPatch(
            corner, width, height, boxstyle=style, facecolor=colour, edgecolor=INK
        )
    )


def _picture(axes: Axes, path: pathlib.Path, centre: Point) -> None:
    x, y = centre
    with Image.open(path) as image:
        axes.imshow(
            image.convert("L"),
            cmap="gray",
            extent=(x - 0.45, x + 0.45, y - 0.45, y + 0.45),
        )
    frame = (x - 0.45, x + 0.45, x + 0.45, x - 0.45, x - 0.45)
    axes.plot(frame, (y - 0.45, y - 0.45, y + 0.45, y + 0.45, y - 0.45), color=INK)
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT), aspect="auto")  # imshow changes them.


def _arrow(
    axes: Axes, start: Point, end: Point, text: str = "", side: str = "right"
) -> None:
    """Draws an arrow, with a text at one side of its middle."""
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.4, "mutation_scale": 15},
    )
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    dx, dy, align, valign = {
        "right": (0.1, 0.0, "left", "center"),
        "left": (-0.1, 0.0, "right", "center"),
        "above": (0.0, 0.12, "center", "bottom"),
        "above left": (-0.1, 0.16, "center", "bottom"),
    }[side]
    axes.text(x + dx, y + dy, text, ha=align, va=valign, fontsize=10, color=INK)


def _write(
    axes: Axes, place: Point, text: str, size: float = 10, weight: str = "normal"
) -> None:
    axes.text(
        *place,
        text,
        ha="center",
        va="center",
        fontsize=size,
        fontweight=weight,
        color=INK,
    )


if __name__ == "__main__":
    draw_method().savefig(sys.argv[1])
