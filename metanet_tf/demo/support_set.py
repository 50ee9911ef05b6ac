"""Classes and drawings that a page sends, as files of pictures."""

import base64
import binascii
import io
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from PIL import Image

from metanet_tf.demo.strokes import UNITS, Stroke, draw_strokes
from metanet_tf.utils.errors import InputError

MIN_CLASSES, MAX_CLASSES = 2, 10
MAX_EXAMPLES = 5
MAX_SIDE = 512  # Pixels of a picture, which `uploads.shrink` keeps to.
_MAX_NAME = 40
_MAX_STROKES, _MAX_POINTS = 1000, 20_000
_FORMATS = ("PNG", "WEBP")


class CardError(InputError):
    """Error about one class, which the page shows at its card.

    Attributes:
        index: of the class in the request.
    """

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class TaughtClass(NamedTuple):
    """A class by its examples, contents of PNG or WebP files."""

    name: str
    examples: tuple[bytes, ...]


SupportSet = tuple[TaughtClass, ...]


def read_support_set(content: Any) -> SupportSet:
    """Reads {"classes": [{"name": "star", "examples": [drawing, ...]}, ...]}.

    A drawing is {"strokes": [[x0, y0, x1, y1, ...], ...]}, integers in [0, 1000]; or
    {"picture": base64}, a PNG or WebP file.

    Args:
        content: decoded JSON.

    Raises:
        CardError: if a class's name cannot be a folder's, or is another's too.
        InputError: if it is anything else, or holds too much.
    """
    rows = _list(_field(content, "classes"), "classes", 1, MAX_CLASSES)
    support_set = tuple(_read_class(row, index) for index, row in enumerate(rows))
    _check_distinct([taught.name for taught in support_set])
    return support_set


def read_drawing(content: Any) -> bytes | None:
    """Reads {"drawing": drawing} as a file; None if it is null."""
    drawing = _field(content, "drawing")
    return None if drawing is None else _read_drawing(drawing, "the drawing")


def _read_class(content: Any, index: int) -> TaughtClass:
    name = _read_name(_field(content, "name"), index)
    drawings = _list(
        _field(content, "examples"), f"examples of {name}", 1, MAX_EXAMPLES
    )
    examples = (_read_drawing(drawing, f"an example of {name}") for drawing in drawings)
    return TaughtClass(name, tuple(examples))


def _read_name(name: Any, index: int) -> str:
    """Reads a name that can be a folder's on every system."""
    is_name = (
        isinstance(name, str)
        and 1 <= len(name) <= _MAX_NAME
        and name.isprintable()
        and not re.search(r'^[ .]|[ .]$|[\\/:*?"<>|]', name)
    )
    if not is_name:
        raise CardError(
            f"A class's name must have 1 to {_MAX_NAME} characters, none of "
            rf'\ / : * ? " < > | and no dot or space at an end. Received: {name!r}. '
            "Change it.",
            index,
        )
    return name


def _check_distinct(names: Sequence[str]) -> None:
    """Raises CardError for equal names; on some systems case tells none apart."""
    seen: dict[str, str] = {}
    for index, name in enumerate(names):
        before = seen.setdefault(name.casefold(), name)
        if before is not name:
            raise CardError(
                "Classes must have different names, not in their case alone. "
                f"Received: {before} and {name}. Rename one.",
                index,
            )


def _read_drawing(content: Any, what: str) -> bytes:
    if isinstance(content, dict) and "strokes" in content:
        return draw_strokes(_read_strokes(content["strokes"], what))
    return _read_picture(_field(content, "picture"), what)


def _read_strokes(content: Any, what: str) -> tuple[Stroke, ...]:
    strokes = _list(content, f"strokes of {what}", 1, _MAX_STROKES)
    if not all(map(_is_stroke, strokes)):
        raise InputError(
            f"A stroke must be a list [x0, y0, x1, y1, ...] of integers in "
            f"[0, {UNITS}]. Received: {what}, with something else. Correct it."
        )
    num_points = sum(map(len, strokes)) // 2
    if num_points > _MAX_POINTS:
        raise InputError(
            f"A drawing must have at most {_MAX_POINTS} points. Received: {what}, "
            f"with {num_points}. Clear it and draw less."
        )
    return tuple(map(tuple, strokes))


def _is_stroke(content: Any) -> bool:
    return (
        isinstance(content, list)
        and len(content) >= 2
        and len(content) % 2 == 0
        and all(type(number) is int and 0 <= number <= UNITS for number in content)
    )


def _read_picture(text: Any, what: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        content = b""
    if not _is_small_picture(content):
        raise InputError(
            f"A picture must be a PNG or WebP file in base64, of up to {MAX_SIDE} x "
            f"{MAX_SIDE} pixels. Received: {what}, which is not. Replace it."
        )
    return content


def _is_small_picture(content: bytes) -> bool:
    """Reads the file's head alone: a few bytes can unfold to gigabytes."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            is_still = getattr(picture, "n_frames", 1) == 1
            return is_still and max(picture.size) <= MAX_SIDE
    except Exception:  # Pillow raises whatever the damage makes it.
        return False


def _field(content: Any, name: str) -> Any:
    if not isinstance(content, dict) or name not in content:
        raise InputError(
            f"A request must be a JSON object with `{name}`. Received: none. Add it."
        )
    return content[name]


def _list(content: Any, name: str, fewest: int, most: int) -> list:
    if not isinstance(content, list) or not fewest <= len(content) <= most:
        count = len(content) if isinstance(content, list) else "no list"
        raise InputError(
            f"There must be {fewest} to {most} {name}. Received: {count}. Change them."
        )
    return content
