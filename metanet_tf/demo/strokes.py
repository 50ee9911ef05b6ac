"""Drawings: strokes of a pen, and the picture that they make."""

import functools
import io

from PIL import Image, ImageDraw

UNITS = 1000  # The page's coordinates are in [0, UNITS], whatever its pad's size.
_SIDE = 140  # Pixels of the picture.
_FINER = 4  # Drawn so many times larger, then reduced: soft edges.
# As thick, compared with the picture, as the strokes that the model was trained on.
_WIDTH = 0.028
_WHITE, _BLACK = 255, 0

Stroke = tuple[int, ...]  # x0, y0, x1, y1, ...


@functools.lru_cache(maxsize=256)
def draw_strokes(strokes: tuple[Stroke, ...]) -> bytes:
    """Draws black strokes on white.

    A browser could do it as well, but some change what a page reads of its canvas.

    Args:
        strokes: each with one point or more, in [0, UNITS].

    Returns:
        Content of a PNG file, 140 x 140 pixels, grey.
    """
    picture = Image.new("L", [_SIDE * _FINER] * 2, _WHITE)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        _draw_stroke(pen, stroke)
    content = io.BytesIO()
    picture.reduce(_FINER).save(content, "PNG")
    return content.getvalue()


def _draw_stroke(pen: ImageDraw.ImageDraw, stroke: Stroke) -> None:
    scale = _SIDE * _FINER / UNITS
    radius = _WIDTH * _SIDE * _FINER / 2
    numbers = [number * scale for number in stroke]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    pen.line(points, fill=_BLACK, width=round(2 * radius))
    for point in points:  # Round ends and corners.
        pen.circle(point, radius, fill=_BLACK)
