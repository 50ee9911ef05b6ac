"""The classes that the page begins with."""

import hashlib
import pathlib
from typing import Any, NamedTuple

from metanet_tf.demo.support_set import MAX_CLASSES, MAX_EXAMPLES, MIN_CLASSES
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.utils.errors import InputError


class InitialClasses(NamedTuple):
    """Pictures with their classes; none: the page begins with empty classes."""

    paths: tuple[pathlib.Path, ...] = ()
    names: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Returns what the page asks for: `id`, None without classes, and `classes`.

        Examples are places in `paths`, under initial_classes/.
        """
        classes: dict[str, list[str]] = {}
        for index, name in enumerate(self.names):
            classes.setdefault(name, []).append(f"initial_classes/{index}")
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


def read_initial_classes(support_dir: str) -> InitialClasses:
    """Reads a folder of examples; "": none.

    Raises:
        InputError: if it cannot be read, or holds more than the page has room for.
    """
    if not support_dir:
        return InitialClasses()
    paths, names = read_support_folder(support_dir)
    counts = [names.count(name) for name in set(names)]
    if not MIN_CLASSES <= len(counts) <= MAX_CLASSES or max(counts) > MAX_EXAMPLES:
        raise InputError(
            f"`support_dir` must hold {MIN_CLASSES} to {MAX_CLASSES} classes of up to "
            f"{MAX_EXAMPLES} pictures. Received: {support_dir}, with {len(counts)} "
            f"classes of up to {max(counts, default=0)}. Choose another."
        )
    return InitialClasses(tuple(paths), tuple(names))
