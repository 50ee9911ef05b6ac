#!/usr/bin/env python3
"""Measures how well a model names pictures as people make them.

    python benchmarks/real_pictures.py --contact_sheet=pictures.png

One clean drawing of each of ten shapes is taught. Then drawings of the same shapes by
other hands are named: small ones and large ones, of thin and of thick strokes, on
squared paper, photographed in bad light, on a desk, and so on. Last, the 8 x 8 digits
of scikit-learn are named, of which one each is taught.

Flags:
"""

import dataclasses
import functools
import io
import pathlib
import shlex
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from metanet_tf.commands import command
from metanet_tf.utils.files import file_errors, write_json
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting
from metanet_tf.utils.versions import versions

with command.quiet_import():
    from metanet_tf.evaluation.accuracy import mean_with_interval
    from metanet_tf.one_shot.classifier import OneShotClassifier
    from metanet_tf.speed.machine import machine

SIDE = 400  # Of most pictures, pixels.
DIGITS_ASKED = 20  # Of each digit in a task.
Strokes = list[np.ndarray]
Condition = Callable[[Strokes, np.random.Generator], Image.Image]


@dataclasses.dataclass(frozen=True)
class RealPicturesConfig(CheckedConfig):
    """Settings: a model and the number of its queries."""

    model: str = setting(
        "omniglot",
        "Name or folder of a pretrained model, or folder of a run or an export.",
        path=True,
    )
    queries: int = setting(
        10, "Pictures of each shape under each condition, >= 1.", minimum=1
    )
    digit_tasks: int = setting(
        40, "10-way 1-shot tasks of scikit-learn's digits, >= 2.", minimum=2
    )
    seed: int = setting(0, "Seed of all pictures, >= 0.", minimum=0)
    json: str = setting("", "JSON file for the results. Empty: no file.", path=True)
    contact_sheet: str = setting(
        "",
        "PNG file for a contact sheet: for each condition one picture of each shape "
        "and beside it what the network sees. Empty: no file.",
        path=True,
    )


def _arc(x: float, y: float, radius: float, start: float, end: float) -> list:
    """Points of an arc; angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 24))
    return [(x + radius * np.cos(a), y + radius * np.sin(a)) for a in angles]


# Strokes of points (x, y) in [-1, 1]; (-1, -1) is top left.
SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "house": [
        [(-0.7, 1), (-0.7, -0.1), (0, -1), (0.7, -0.1), (0.7, 1), (-0.7, 1)],
        [(-0.2, 1), (-0.2, 0.4), (0.2, 0.4), (0.2, 1)],
    ],
    "fish": [
        [(-1, 0), (-0.5, -0.5), (0, -0.5), (0.4, -0.1), (1, -0.6), (1, 0.6)]
        + [(0.4, 0.1), (0, 0.5), (-0.5, 0.5), (-1, 0)],
        _arc(-0.55, -0.1, 0.05, 0, 360),
    ],
    "arrow": [[(-1, 0.6), (1, -0.6)], [(0.2, -0.8), (1, -0.6), (0.8, 0.3)]],
    "star": [
        [(-0.6, 1), (0, -1), (0.6, 1), (-1, -0.25), (1, -0.25), (-0.6, 1)],
    ],
    "key": [
        _arc(-0.6, 0, 0.4, 0, 360),
        [(-0.2, 0), (1, 0), (1, 0.4)],
        [(0.6, 0), (0.6, 0.35)],
    ],
    "bolt": [[(0.3, -1), (-0.5, 0.1), (0.2, 0.1), (-0.3, 1), (0.6, -0.2)]],
    "tree": [
        [(0, 1), (0, 0.4)],
        [(-0.8, 0.4), (0.8, 0.4), (0, -1), (-0.8, 0.4)],
    ],
    "glasses": [
        _arc(-0.6, 0, 0.38, 0, 360),
        _arc(0.6, 0, 0.38, 0, 360),
        [(-0.22, 0), (0, -0.12), (0.22, 0)],
    ],
    "boat": [
        [(-1, 0.4), (-0.6, 1), (0.6, 1), (1, 0.4), (-1, 0.4)],
        [(0, 0.4), (0, -1), (0.7, 0.2), (0, 0.2)],
    ],
    "question": [
        [*_arc(0, -0.5, 0.5, 180, 400), (0, 0.2), (0, 0.5)],
        _arc(0, 0.93, 0.05, 0, 360),
    ],
}


def by_hand(shape: str, rng: np.random.Generator, max_turn: float = 5.0) -> Strokes:
    """Draws a shape as another hand would: turned, slanted, uneven.

    Args:
        shape: one of SHAPES.
        rng: where the hand comes from.
        max_turn: degrees.
    """
    angle = np.radians(rng.uniform(-max_turn, max_turn))
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    slant = [[rng.uniform(0.92, 1.08), rng.uniform(-0.08, 0.08)], [0, 1]]
    return [_uneven(points, rng) @ np.array(turn) @ slant for points in SHAPES[shape]]


def _uneven(points: list, rng: np.random.Generator) -> np.ndarray:
    """Moves the corners a little, and bends what is between them."""
    corners = np.array(points) + rng.normal(0, 0.02, [len(points), 2])
    steps = np.linspace(0, len(points) - 1, 16 * len(points))
    line = [np.interp(steps, range(len(points)), corners[:, axis]) for axis in (0, 1)]
    waves = [
        rng.normal(0, 0.012) * np.sin(steps * rng.uniform(1, 3) + rng.uniform(0, 6))
        for _ in range(2)
    ]
    return np.stack(line, axis=1) + np.stack(waves, axis=1)


def draw(
    strokes: Strokes,
    *,
    side: int = SIDE,
    size: float = 0.65,
    place: tuple[float, float] = (0.5, 0.5),
    pen: float = 0.02,
    ink: tuple[int, int, int] = (25, 25, 35),
    paper: tuple[int, int, int] = (250, 250, 247),
) -> Image.Image:
    """Draws strokes with a round pen.

    Args:
        strokes: points around (0, 0).
        side: height and width of the picture, pixels.
        size: of the drawing's larger side, as a part of the picture's.
        place: of its middle, as parts of the picture's width and height.
        pen: width, as a part of the picture's side.
        ink: colour.
        paper: colour.
    """
    scale = 2 if side < 1000 else 1  # Large pictures need no smoothing.
    picture = Image.new("RGB", [side * scale] * 2, paper)
    canvas, width = ImageDraw.Draw(picture), max(pen * side * scale, 1.0)
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    factor = max(size * side * scale - width, 1.0) / (high - low).max()
    for stroke in strokes:
        points = (stroke - (low + high) / 2) * factor + np.array(place) * side * scale
        canvas.line([tuple(point) for point in points], ink, round(width))
        for x, y in points:
            half = width / 2
            canvas.ellipse([x - half, y - half, x + half, y + half], ink)
    return picture.resize((side, side), Image.Resampling.BOX)


def _photo(
    picture: Image.Image, rng: np.random.Generator, light: np.ndarray
) -> Image.Image:
    """Takes a photo: a light's share of the brightness, noise, JPEG."""
    pixels = np.asarray(picture, np.float32) * light[..., np.newaxis]
    pixels = pixels * [1.0, 0.96, 0.88] + rng.normal(0, 6, pixels.shape)
    photo = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=int(rng.integers(50, 80)))
    return Image.open(file).convert("RGB")


def _plane(picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Distance along a direction, in [0, 1]."""
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[: picture.height, : picture.width]
    distance = np.cos(angle) * columns + np.sin(angle) * rows
    return (distance - distance.min()) / np.ptp(distance)


def _uneven_light(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return _photo(picture, rng, 0.45 + 0.5 * _plane(picture, rng))


def _half_shadow(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    edge = rng.uniform(0.4, 0.6)
    shadow = 1 / (1 + np.exp((_plane(picture, rng) - edge) * 120))
    return _photo(picture, rng, 0.95 - 0.5 * shadow)


def _sharp_shadow(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Lays a shadow that ends within a pixel over a part, in uneven light."""
    is_shadow = _plane(picture, rng) < rng.uniform(0.3, 0.7)
    light = np.where(is_shadow, rng.uniform(0.45, 0.75), 1.0)
    return _photo(picture, rng, light * (0.55 + 0.4 * _plane(picture, rng)))


def _lamp(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Brightest in the middle."""
    rows, columns = np.mgrid[: picture.height, : picture.width] / picture.width - 0.5
    return _photo(picture, rng, 1.0 - 0.9 * (rows**2 + columns**2))


def _ruled(
    picture: Image.Image, rng: np.random.Generator, columns: bool
) -> Image.Image:
    """Prints thin blue lines on the paper."""
    lines = Image.new("RGB", picture.size, (255, 255, 255))
    canvas, side = ImageDraw.Draw(lines), picture.width
    step = side * rng.uniform(0.045, 0.07)
    colour = tuple(
        int(value) for value in rng.integers([110, 140, 200], [170, 190, 235])
    )
    for position in np.arange(rng.uniform(0, step), side, step):
        canvas.line([(0, position), (side, position)], colour, 1)
        if columns:
            canvas.line([(position, 0), (position, side)], colour, 1)
    return ImageChops.multiply(picture, lines)


def _on_desk(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Lays the sheet on dark wood."""
    side = picture.width
    grain = 10 * np.sin(np.arange(side) / rng.uniform(3, 8))[:, np.newaxis, np.newaxis]
    wood = rng.uniform([50, 35, 25], [110, 80, 60]) + grain
    wood = np.clip(wood + rng.normal(0, 6, [side, side, 3]), 0, 255).astype(np.uint8)
    sheet = picture.resize([int(side * rng.uniform(0.62, 0.72))] * 2).convert("RGBA")
    sheet = sheet.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC, expand=True)
    desk = Image.fromarray(wood)
    place = [int(rng.uniform(0.3, 0.7) * (side - sheet.width)) for _ in range(2)]
    desk.paste(sheet, tuple(place), sheet)
    return _photo(desk, rng, 0.8 + 0.2 * _plane(desk, rng))


def _tilted(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Photographs the sheet from the side."""
    side, most = picture.width, 0.08 * picture.width
    corners = np.array([(0, 0), (0, side), (side, side), (side, 0)], np.float64)
    corners = corners + rng.uniform(-most, most, corners.shape)
    return picture.transform(
        picture.size,
        Image.Transform.QUAD,
        tuple(corners.ravel()),
        Image.Resampling.BICUBIC,
        fillcolor=(250, 250, 247),
    )


def _corner(rng: np.random.Generator) -> tuple[float, float]:
    return float(rng.choice([0.18, 0.82])), float(rng.choice([0.18, 0.82]))


def _plain(**settings: Any) -> Condition:
    return lambda strokes, rng: draw(strokes, **settings)


def _then(change: Callable[..., Image.Image], **settings: Any) -> Condition:
    """Draws, and changes the picture."""
    return lambda strokes, rng: change(draw(strokes, **settings), rng)


def _in_a_corner(change: Callable[..., Image.Image] | None = None) -> Condition:
    def make(strokes: Strokes, rng: np.random.Generator) -> Image.Image:
        picture = draw(strokes, size=0.3, place=_corner(rng), pen=0.012)
        return change(picture, rng) if change else picture

    return make


_SQUARED = functools.partial(_ruled, columns=True)

CONDITIONS: dict[str, Condition] = {
    "clean": _plain(),
    "in a corner": _in_a_corner(),
    "30 % of the side": _plain(size=0.3),
    "up to the border": _plain(size=0.99),
    "strokes of 1 %": _plain(pen=0.01),
    "strokes of 4 %": _plain(pen=0.04),
    "strokes of 10 %": _plain(pen=0.1, size=0.85),
    "uneven light": _then(_uneven_light),
    "half in shadow": _then(_half_shadow),
    "under a lamp": _then(_lamp),
    "squared paper": _then(_SQUARED),
    "ruled paper": _then(functools.partial(_ruled, columns=False)),
    "sheet on a desk": _then(_on_desk, pen=0.03),
    "red on yellow": _plain(ink=(200, 30, 50), paper=(250, 225, 110)),
    "chalk on a board": _then(_uneven_light, ink=(235, 235, 230), paper=(40, 60, 50)),
    "pencil": _plain(ink=(150, 150, 155), paper=(235, 233, 225)),
    "corner, uneven light": _in_a_corner(_uneven_light),
    "4 %, uneven light": _then(_uneven_light, pen=0.04),
    "squares in shadow": lambda strokes, rng: _half_shadow(
        _SQUARED(draw(strokes), rng), rng
    ),
    "tilted": _then(_tilted),
    "32 x 32 pixels": _plain(side=32, size=0.85, pen=0.05),
    "12 megapixels": _plain(side=3464, pen=0.01),
    "sharp shadow": _then(_sharp_shadow),
    "4 %, sharp shadow": _then(_sharp_shadow, pen=0.04),
    "corner, sharp shadow": _in_a_corner(_sharp_shadow),
}


def examples(rng: np.random.Generator) -> list[Image.Image]:
    """One clean drawing of each shape."""
    return [draw(by_hand(shape, rng)) for shape in SHAPES]


def queries(
    condition: Condition, count: int, rng: np.random.Generator
) -> tuple[list[Image.Image], list[str]]:
    """Drawings of all shapes, `count` of each, and their names."""
    names = [shape for shape in SHAPES for _ in range(count)]
    return [condition(by_hand(name, rng), rng) for name in names], names


def measure_shapes(
    classifier: OneShotClassifier, config: RealPicturesConfig
) -> dict[str, float]:
    """Teaches one example each and asks.

    Returns:
        Accuracy under each condition, in [0, 1].
    """
    classifier.fit(examples(np.random.default_rng(config.seed)), list(SHAPES))
    accuracies = {}
    for number, (name, condition) in enumerate(CONDITIONS.items()):
        rng = np.random.default_rng([config.seed, number])
        pictures, truths = queries(condition, config.queries, rng)
        accuracies[name] = classifier.score(pictures, truths)
        print(f"{name:>20}: {100 * accuracies[name]:5.1f} %", flush=True)
    return accuracies


def measure_digits(
    classifier: OneShotClassifier, config: RealPicturesConfig
) -> np.ndarray:
    """Accuracy of 10-way 1-shot tasks of scikit-learn's digits, [tasks]."""
    from sklearn.datasets import load_digits

    digits, rng = load_digits(), np.random.default_rng(config.seed)
    prepared = classifier.prepare(digits.images)
    accuracies = []
    for _ in range(config.digit_tasks):
        chosen = [
            rng.choice(np.flatnonzero(digits.target == digit), 1 + DIGITS_ASKED, False)
            for digit in range(10)
        ]
        taught, asked = (
            part.ravel() for part in np.split(np.array(chosen), [1], axis=1)
        )
        classifier.fit(prepared.take(taught), digits.target[taught])
        accuracies.append(classifier.score(prepared.take(asked), digits.target[asked]))
    return np.array(accuracies)


def contact_sheet(classifier: OneShotClassifier, seed: int) -> Image.Image:
    """One row for each condition: every shape, and beside it what the network sees."""
    tile = 84
    size = (2 * tile * len(SHAPES), (tile + 14) * len(CONDITIONS))
    sheet = Image.new("RGB", size, (90, 90, 120))
    canvas = ImageDraw.Draw(sheet)
    for row, (name, condition) in enumerate(CONDITIONS.items()):
        rng = np.random.default_rng([seed, row])
        pictures, _ = queries(condition, 1, rng)
        top = row * (tile + 14)
        canvas.text((2, top + tile), name)
        images = 255 * (1 - classifier.prepare(pictures).images[..., 0])
        for column, (picture, image) in enumerate(zip(pictures, images, strict=True)):
            seen = Image.fromarray(image.astype(np.uint8))
            left = 2 * tile * column
            sheet.paste(picture.resize((tile - 2, tile)), (left, top))
            nearest = Image.Resampling.NEAREST
            sheet.paste(seen.resize((tile - 2, tile), nearest), (left + tile, top))
    return sheet


def measure(config: RealPicturesConfig) -> dict[str, Any]:
    """Asks a model about all pictures.

    Returns:
        Accuracies of the shapes under each condition, their mean, and of the digits.

    Raises:
        InputError: if there is no such model.
    """
    classifier = OneShotClassifier(config.model)
    shapes = measure_shapes(classifier, config)
    mean = float(np.mean(list(shapes.values())))
    digits = mean_with_interval(measure_digits(classifier, config))
    print(f"{'mean':>20}: {100 * mean:5.1f} %\n{'8 x 8 digits':>20}: {digits}")
    if config.contact_sheet:
        with file_errors("contact_sheet", config.contact_sheet):
            contact_sheet(classifier, config.seed).save(config.contact_sheet)
    return {
        "shapes": shapes,
        "mean": mean,
        "digits": {"accuracy": digits.value, "half_width": digits.half_width},
    }


def report(config: RealPicturesConfig) -> None:
    """Measures, prints and writes the results."""
    content = {
        "results": measure(config),
        "settings": dataclasses.asdict(config),
        "command": shlex.join(sys.argv),
        "versions": versions(),
        "machine": machine(),
    }
    if config.json:
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), content)


def main() -> None:
    """Runs the command."""
    command.run(
        lambda: report(from_flags(RealPicturesConfig)), [RealPicturesConfig], __doc__
    )


if __name__ == "__main__":
    main()
