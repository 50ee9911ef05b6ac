"""Notes on examples that cannot teach: blank ones, and those of two classes."""

from collections.abc import Sequence
from typing import NamedTuple

from metanet_tf.one_shot.pictures import Prepared

BLANK = "This picture looks blank."


class Note(NamedTuple):
    """A fault of an example.

    Attributes:
        class_index: of its class in the support set.
        example_index: in its class.
        text: to be shown at it.
    """

    class_index: int
    example_index: int
    text: str


def review(names: Sequence[str], examples: Sequence[Sequence[Prepared]]) -> list[Note]:
    """Finds what is wrong with examples.

    Args:
        names: of the classes.
        examples: of each class, each one prepared picture.
    """
    owners: dict[bytes, list[str]] = {}
    for name, pictures in zip(names, examples, strict=True):
        for content in {_content(picture) for picture in pictures}:
            owners.setdefault(content, []).append(name)
    notes = []
    for i, pictures in enumerate(examples):
        for j, picture in enumerate(pictures):
            others = [name for name in owners[_content(picture)] if name != names[i]]
            if picture.is_blank.all():
                notes.append(Note(i, j, BLANK))
            elif others:
                notes.append(Note(i, j, f"The same picture is in {others[0]}."))
    return notes


def _content(picture: Prepared) -> bytes:
    return picture.images.tobytes()
