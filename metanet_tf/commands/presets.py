"""Finds the flag files that come with the package by their bare names."""

import os
from collections.abc import Sequence

from metanet_tf.config import preset_files
from metanet_tf.utils.errors import InputError, did_you_mean


def preset_names() -> list[str]:
    """Names of the presets, such as `omniglot.flags`."""
    return [file.name for file in preset_files()]


def with_preset_paths(argv: Sequence[str]) -> list[str]:
    """Replaces `--flagfile=NAME` by the preset's path if there is no such file.

    Raises:
        InputError: if there is neither a file nor a preset of that name.
    """
    arguments = list(argv)
    for index, argument in enumerate(arguments):
        flag, equals, name = argument.partition("=")
        if flag in ("--flagfile", "-flagfile") and equals:
            arguments[index] = f"--flagfile={find_flag_file(name)}"
        elif argument in ("--flagfile", "-flagfile") and arguments[index + 1 :]:
            arguments[index + 1] = find_flag_file(arguments[index + 1])
    return arguments


def find_flag_file(name: str, flag: str = "flagfile") -> str:
    """Returns `name` if it is a file, or else the path of the preset of that name.

    Args:
        name: given as the value of `flag`.
        flag: for the message.

    Raises:
        InputError: if there is neither a file nor a preset of that name.
    """
    if os.path.isfile(os.path.expanduser(name)):
        return name
    for preset in preset_files():
        if preset.name == name:
            return str(preset)
    raise InputError(
        f"`{flag}` must be a file or one of the presets {', '.join(preset_names())}. "
        f"Received: {name}. {did_you_mean(name, preset_names())}Change --{flag}."
    )
