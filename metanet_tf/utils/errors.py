"""The error that means "the input was wrong", as opposed to "the code is"."""

import re


class InputError(ValueError):
    """A setting, file or array that the caller gave cannot be used.

    The message says what it is, what was expected, what was received and what
    to do about it. Commands print the message alone and exit with code 2.
    """


def reason_of(error: BaseException) -> str:
    """Returns an error's message without the names of TensorFlow's operations."""
    message = getattr(error, "message", None) or str(error)
    return re.sub(r"\{\{.*?\}\} ?| ?\[Op:.*?\]|\s*\[\[.*?\]\]", "", message).strip()
