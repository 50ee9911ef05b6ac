"""Pictures that arrive in a folder."""

import os
import pathlib
import time
from collections.abc import Iterator

from metanet_tf.data.pictures.folders import is_picture
from metanet_tf.utils.errors import InputError

_PAUSE = 0.3  # Seconds between two looks; a file that stays the same is complete.

_UNREADABLE = (0, 0)


class FolderWatcher:
    """Yields pictures that come into a folder or change there, without end.

    The folder is looked at again and again: notifications of the system do not come
    from every kind of disk, and do not say when a file is complete.

    Args:
        folder: what is in it already does not count.

    Raises:
        InputError: if there is no such folder.
        OSError: while iterating, if it can no longer be read.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self._folder = pathlib.Path(folder)
        if not self._folder.is_dir():
            raise InputError(
                f"`watch` must be a folder. Received: {folder}, which is none. Make "
                "it or change --watch."
            )
        self._known = self._states()

    def __iter__(self) -> Iterator[pathlib.Path]:
        before = self._known
        while True:
            time.sleep(_PAUSE)
            now = self._states()
            # What has gone is new when it comes back.
            self._known = {p: self._known[p] for p in self._known.keys() & now.keys()}
            for path in sorted(now):
                is_complete = now[path] == before.get(path)
                if is_complete and now[path] != self._known.get(path):
                    self._known[path] = now[path]
                    yield path
            before = now

    def _states(self) -> dict[pathlib.Path, tuple[int, int]]:
        """Size and time of every picture that is not empty."""
        states = {}
        for path in self._folder.iterdir():
            if is_picture(path):
                try:
                    found = path.stat()
                except FileNotFoundError:  # It has gone in the meantime.
                    continue
                except OSError:  # Whoever reads it will say why.
                    states[path] = _UNREADABLE
                    continue
                if found.st_size:
                    states[path] = (found.st_size, found.st_mtime_ns)
        return states
