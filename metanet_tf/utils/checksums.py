"""Checksums of files: whether they are still as they were written."""

import hashlib
import json
import pathlib
from collections.abc import Iterable
from typing import Any

SUMS_FILE = "SHA256SUMS"  # As `sha256sum --check` reads it.

_KEY = "sha256"
_COMMENT = "# sha256 of the lines below: "


def write_sums(folder: pathlib.Path, names: Iterable[str] = ()) -> None:
    """Writes the checksums of some files of `folder`, or of all, into a file there."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    names = names or sorted(path.relative_to(folder).as_posix() for path in found)
    sums = [f"{_file_digest(folder / name)}  {name}\n" for name in names]
    (folder / SUMS_FILE).write_text("".join(sums), encoding="utf-8")


def check_sums(folder: pathlib.Path, required: Iterable[str] = ()) -> None:
    """Checks the files of `folder` against the checksums there.

    Args:
        folder: where `write_sums` has been; without its file nothing is checked,
            unless there are `required` files.
        required: names of files that must have a checksum.

    Raises:
        OSError: if a file is missing.
        ValueError: if one is damaged; the message names it.
    """
    file = folder / SUMS_FILE
    if not required and not file.exists():
        return
    lines = file.read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, _, name in (x.partition("  ") for x in lines)}
    for name in sorted({*sums, *required}):
        if sums.get(name) != _file_digest(folder / name):
            raise ValueError(f"{name} is not the file of {SUMS_FILE}")


def signed_lines(text: str) -> str:
    """Returns lines under a comment with their checksum."""
    return f"{_COMMENT}{_digest(text)}\n{text}"


def check_lines(text: str) -> bool:
    """Checks what `signed_lines` made.

    Returns:
        False for lines without a checksum, which an earlier version wrote.

    Raises:
        ValueError: if the lines are others than those that the checksum is of.
    """
    first, _, lines = text.partition("\n")
    if not first.startswith(_COMMENT):
        return False
    if first.removeprefix(_COMMENT) != _digest(lines):
        raise ValueError("its checksum is of others; delete that line if you made them")
    return True


def signed_json(content: dict[str, Any]) -> dict[str, Any]:
    """Returns `content` with its checksum."""
    return content | {_KEY: _json_digest(content)}


def checked_json(content: Any) -> dict[str, Any]:
    """Returns what `signed_json` was given; without a checksum `content` itself.

    Raises:
        ValueError: if it is something else.
    """
    if not isinstance(content, dict):
        raise ValueError("it holds no names with values")
    rest = {name: value for name, value in content.items() if name != _KEY}
    if _KEY in content and content[_KEY] != _json_digest(rest):
        raise ValueError("its checksum is of another content")
    return rest


def _json_digest(content: dict[str, Any]) -> str:
    return _digest(json.dumps(content, sort_keys=True))


def _file_digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
