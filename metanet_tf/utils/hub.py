"""Models of the Hugging Face Hub, by names such as hf://user/name."""

import os
import pathlib
from collections.abc import Sequence

from metanet_tf.utils.errors import InputError

PREFIX = "hf://"


def is_hub_name(name: str | os.PathLike) -> bool:
    """Returns True for a name on the Hub, False for a path or another name."""
    return isinstance(name, str) and name.startswith(PREFIX)


def download(name: str, files: Sequence[str]) -> pathlib.Path:
    """Downloads a repository's files, or finds those downloaded before.

    Nothing else of the repository is downloaded, and nothing of it is run.

    Args:
        name: "hf://USER/NAME".
        files: names of the files that are wanted; those that are missing there are
            left out.

    Returns:
        The folder that holds them, in the library's own cache.

    Raises:
        InputError: if `huggingface_hub` is not installed, there is no such
            repository, or it cannot be reached.
    """
    try:
        import huggingface_hub
    except ImportError as error:
        raise InputError(
            f"A name such as {PREFIX}user/name needs the package huggingface_hub. "
            f"Received: {name}, and it is not installed ({error}). Run "
            "`pip install -e '.[hub]'`, or give a folder."
        ) from error
    repository = name.removeprefix(PREFIX)
    try:
        folder = huggingface_hub.snapshot_download(repository, allow_patterns=[*files])
    # What the library, HTTP and the network find wrong; all are of these two types.
    except (OSError, ValueError) as error:
        raise InputError(
            f"A name such as {PREFIX}user/name must be a repository of the Hugging "
            f"Face Hub that can be reached. Received: {name} ({error}). Correct the "
            "name, or look at the network and at your access."
        ) from error
    return pathlib.Path(folder)
