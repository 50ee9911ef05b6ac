"""What a page sends: classes, each with PNG files of its examples."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from metanet_tf.errors import InputError

FEWEST_CLASSES, MOST_CLASSES = 2, 10
MOST_EXAMPLES = 5
_LONGEST_NAME = 40
_LARGEST_SIDE = 512  # Pixels; the page sends pictures of up to 140.
# A PNG file begins with a signature, then length and name of its first chunk, which
# begins with the width and the height.
_BEGINNING = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_WIDTH, _HEIGHT = slice(16, 20), slice(20, 24)


class TaughtClass(NamedTuple):
    """A class by its examples, contents of PNG files."""

    name: str
    examples: tuple[bytes, ...]


Lesson = tuple[TaughtClass, ...]


def read_lesson(content: Any) -> Lesson:
    """Reads {"classes": [{"name": "star", "examples": [base64, ...]}, ...]}.

    Args:
        content: what JSON holds.

    Raises:
        InputError: if it is anything else, a name cannot be a folder's, or there are
            too few or too many classes or examples.
    """
    rows = _list(_field(content, "classes"), "classes", FEWEST_CLASSES, MOST_CLASSES)
    lesson = tuple(map(_read_class, rows))
    _check_distinct([taught.name for taught in lesson])
    return lesson


def read_drawing(content: Any) -> bytes:
    """Reads {"drawing": base64} as the content of a PNG file; see `read_lesson`."""
    return _read_png(_field(content, "drawing"), "the drawing")


def _read_class(content: Any) -> TaughtClass:
    name = _read_name(_field(content, "name"))
    pictures = _list(
        _field(content, "examples"), f"examples of {name}", 1, MOST_EXAMPLES
    )
    examples = (_read_png(picture, f"an example of {name}") for picture in pictures)
    return TaughtClass(name, tuple(examples))


def _read_name(name: Any) -> str:
    """A name that can be a folder's on every system."""
    is_name = (
        isinstance(name, str)
        and 1 <= len(name) <= _LONGEST_NAME
        and name.isprintable()
        and not re.search(r'^[ .]|[ .]$|[\\/:*?"<>|]', name)
    )
    if not is_name:
        raise InputError(
            f"A class's name must have 1 to {_LONGEST_NAME} characters, none of "
            rf'\ / : * ? " < > | and no dot or space at an end. Received: {name!r}. '
            "Change it."
        )
    return name


def _check_distinct(names: Sequence[str]) -> None:
    """On some systems case does not tell folders apart."""
    seen: dict[str, str] = {}
    for name in names:
        before = seen.setdefault(name.casefold(), name)
        if before is not name:
            raise InputError(
                "Classes must have different names, not in their case alone. "
                f"Received: {before} and {name}. Rename one."
            )


def _read_png(text: Any, what: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        content = b""
    sides = [int.from_bytes(content[side], "big") for side in (_WIDTH, _HEIGHT)]
    is_small = all(1 <= side <= _LARGEST_SIDE for side in sides)
    if not content.startswith(_BEGINNING) or not is_small:
        raise InputError(
            f"A picture must be a PNG file in base64, of up to {_LARGEST_SIDE} x "
            f"{_LARGEST_SIDE} pixels. Received: {what}, which is not. Replace it."
        )
    return content


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
