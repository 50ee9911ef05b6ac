"""The error that means "the input was wrong", as opposed to "the code is"."""

import difflib
import re
from collections.abc import Iterable


class InputError(ValueError):
    """A setting, file or array that the caller gave cannot be used.

    The message says what it is, what was expected, what was received and what
    to do about it. Commands print the message alone and exit with code 2.
    """


class NotFiniteError(Exception):
    """The loss or the gradient of a training is not finite any more.

    `bin/train` prints the message alone and exits with code 3.
    """


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """Returns a question about a mistyped name, with a space behind it; or ""."""
    nearest = difflib.get_close_matches(str(name), list(names), n=1)
    return f"Did you mean {nearest[0]}? " if nearest else ""


def reason_of(error: BaseException) -> str:
    """Returns an error's message without TensorFlow's operations and their places."""
    message = getattr(error, "message", None) or str(error)
    lines = message.removeprefix("Graph execution error:").splitlines()
    said = "\n".join(line for line in lines if line and not line.startswith("\t"))
    said = re.sub(r"\{\{.*?\}\} ?| ?\[Op:.*?\]|\s*\[\[.*?\]\]", "", said).strip()
    return _sentences(said)


def _sentences(said: str) -> str:
    """Takes what a failed assertion shows out of its brackets; its last is a remedy."""
    found = re.search(r"assertion failed: \[(.*)\]$", said, re.DOTALL)
    if not found:
        return said
    shown = re.sub(r"\\(['\"\\])", r"\1", found[1]).split("] [")
    *others, last = [part.strip() for part in shown]
    return f"{' '.join(others)}. {last}" if others else last
