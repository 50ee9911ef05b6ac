"""The classes that the page begins with."""

import hashlib
import pathlib
from typing import Any, NamedTuple

from metanet_tf.demo.lesson import FEWEST_CLASSES, MOST_CLASSES, MOST_EXAMPLES
from metanet_tf.errors import InputError
from metanet_tf.one_shot.support_folder import read_support_folder


class Start(NamedTuple):
    """Pictures with their classes; none: the page begins with empty classes."""

    paths: tuple[pathlib.Path, ...] = ()
    names: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """What the page asks for: `id`, None without classes, and `classes`.

        Examples are places in `paths`, under start/.
        """
        classes: dict[str, list[str]] = {}
        for index, name in enumerate(self.names):
            classes.setdefault(name, []).append(f"start/{index}")
        return {
            "id": self._id() if classes else None,
            "classes": [
                {"name": name, "examples": paths} for name, paths in classes.items()
            ],
        }

    def _id(self) -> str:
        """Tells the page whether they are those that it has already."""
        digest = hashlib.sha256()
        for path, name in zip(self.paths, self.names, strict=True):
            digest.update(name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def read_start(support_dir: str) -> Start:
    """Reads a folder of examples; "": none.

    Raises:
        InputError: if it cannot be read, or holds more than the page has room for.
    """
    if not support_dir:
        return Start()
    paths, names = read_support_folder(support_dir)
    counts = [names.count(name) for name in set(names)]
    if not FEWEST_CLASSES <= len(counts) <= MOST_CLASSES or max(counts) > MOST_EXAMPLES:
        raise InputError(
            f"`support_dir` must hold {FEWEST_CLASSES} to {MOST_CLASSES} classes of up "
            f"to {MOST_EXAMPLES} pictures. Received: {support_dir}, with {len(counts)} "
            f"classes of up to {max(counts, default=0)}. Choose another."
        )
    return Start(tuple(paths), tuple(names))
