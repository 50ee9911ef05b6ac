"""The user's cache folder, or one in its place where there is none to write in."""

import os
import pathlib
import tempfile

from absl import logging


def user_cache() -> pathlib.Path:
    """Returns the folder that programs keep a user's caches in."""
    return pathlib.Path(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    )


def use_writable_cache() -> None:
    """Gives this process a temporary cache folder if the user's cannot be written.

    So it is in containers: the home folder is read-only or missing, or the user has
    no name. Matplotlib and the Hugging Face Hub keep their files there, too.
    """
    wanted = user_cache()
    if _is_writable(wanted):
        return
    cache = _temporary_cache()
    os.environ["XDG_CACHE_HOME"] = str(cache)
    os.environ.setdefault("MPLCONFIGDIR", str(cache / "matplotlib"))
    logging.warning(
        "%s cannot be written; caches are in %s. Set XDG_CACHE_HOME to choose a place.",
        wanted,
        cache,
    )


def _is_writable(folder: pathlib.Path) -> bool:
    """True if the folder is there, or could be made now, and takes files."""
    if not folder.is_absolute():  # "~/.cache" of a user without a home.
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _temporary_cache() -> pathlib.Path:
    """Returns this user's own folder beside other temporary files."""
    folder = pathlib.Path(tempfile.gettempdir(), f"metanet_tf-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_own = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    except OSError:
        is_own = False
    # Others may have made one of that name, to have their files read.
    return folder if is_own else pathlib.Path(tempfile.mkdtemp(prefix="metanet_tf-"))
