"""Published divisions into classes, which ship as lists."""

import importlib.resources

import numpy as np

from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.utils.errors import InputError

_NAMED = 5


def read_parts(file_name: str) -> dict[str, str]:
    """Returns the part of each class in a list that ships.

    Args:
        file_name: in this folder; its lines are `part class`, or begin with #.

    Returns:
        "training", "validation" or "test" by class, in the order of the list.
    """
    shipped = importlib.resources.files(__package__) / file_name
    lines = shipped.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" ") for line in lines if not line.startswith("#")]
    return {name: part for part, name in pairs}


def split_by_list(classes: ImageClasses, part_of: dict[str, str]) -> Dataset:
    """Divides classes by the part of each.

    Raises:
        InputError: if a part has no class.
    """
    parts = np.array([part_of[name] for name in classes.class_names])
    places = {
        part: np.flatnonzero(parts == part)
        for part in ("training", "validation", "test")
    }
    empty = [part for part, found in places.items() if not len(found)]
    if empty:
        raise InputError(
            "`data_dir` must hold classes for training, validation and test. "
            f"Received: none for {', '.join(empty)}. Add them."
        )
    return Dataset(**{part: classes.subset(found) for part, found in places.items()})


def check_complete(found: set[str], part_of: dict[str, str], data_dir: str) -> None:
    """Checks that no class of a list is missing.

    Raises:
        InputError: if one is; the message names some.
    """
    missing = [name for name in part_of if name not in found]
    if missing:
        more = ", ..." if len(missing) > _NAMED else ""
        raise InputError(
            f"`data_dir` must hold all {len(part_of)} classes. Received: {data_dir}, "
            f"without {len(missing)}: {', '.join(missing[:_NAMED])}{more}. Add them."
        )
