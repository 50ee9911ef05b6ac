"""Division of classes into training, validation and test classes by chance."""

from collections.abc import Sequence

import numpy as np

from metanet_tf.config import DataConfig
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.utils.errors import InputError

_SHARE = 5  # A fifth of the classes each for validation and test.
_FEWEST = 2  # Classes of each part.


def split_by_seed(classes: ImageClasses, config: DataConfig) -> Dataset:
    """Divides classes, or groups of them, in an order drawn from `split_seed`.

    Test classes are `test_classes`, or a fifth; validation classes are
    `validation_classes`, or a fifth if that is less. With `split_by` group, whole
    groups are taken until there are as many.

    Args:
        classes: all of them.
        config: the settings.

    Raises:
        InputError: if fewer than two classes are left for a part, or there are no
            groups to divide by.
    """
    share = max(_FEWEST, classes.num_classes // _SHARE)
    groups = _groups(classes, config)
    drawn = _drawn(groups, config.split_seed)
    test, rest = _taken(drawn, config.test_classes or share)
    validation, training = _taken(rest, min(config.validation_classes, share))
    parts = [_joined(part) for part in (training, validation, test)]
    if min(map(len, parts)) < _FEWEST:
        sizes = ", ".join(str(len(part)) for part in parts)
        raise InputError(
            "Classes must be enough for two each in training, validation and test. "
            f"Received: {classes.num_classes} classes in {len(drawn)} groups, divided "
            f"into {sizes}. Add classes, lower --test_classes or --validation_classes, "
            "or change --split_by or --split_seed."
        )
    return Dataset(*map(classes.subset, parts))


def hold_out_by_seed(
    training: ImageClasses, test: ImageClasses, config: DataConfig
) -> Dataset:
    """Takes validation classes out of `training` as `split_by_seed` would."""
    share = max(_FEWEST, training.num_classes // _SHARE)
    drawn = _drawn(training.class_names, config.split_seed)
    held_out, kept = _taken(drawn, min(config.validation_classes, share))
    if len(kept) < _FEWEST:
        raise InputError(
            "Training classes must be enough for two in validation and two that are "
            f"left. Received: {training.num_classes}. Add classes."
        )
    kept_classes, validation = (
        training.subset(_joined(part)) for part in (kept, held_out)
    )
    return Dataset(kept_classes, validation, test)


def _groups(classes: ImageClasses, config: DataConfig) -> Sequence[str]:
    """Returns the name that keeps classes together: of the group, or of each class."""
    if config.split_by != "group":
        return classes.class_names
    if classes.class_groups is None:
        raise InputError(
            "`split_by` can be group only where classes lie in folders of groups, "
            f"DIR/group/class. Received: {config.data_dir}, with classes alone. Change "
            "--split_by."
        )
    pairs = zip(classes.class_groups, classes.class_names, strict=True)
    return [group or name for group, name in pairs]


def _drawn(groups: Sequence[str], seed: int) -> list[np.ndarray]:
    """Returns the classes of each group, int [any], groups in an order by chance."""
    names = np.array(groups)
    order = np.random.default_rng(seed).permutation(np.unique(names))
    return [np.flatnonzero(names == group) for group in order]


def _joined(groups: list[np.ndarray]) -> np.ndarray:
    """Returns the classes of groups, sorted, int [any]."""
    return np.sort(np.concatenate([np.zeros(0, int), *groups]))


def _taken(
    groups: list[np.ndarray], count: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Takes groups from the front until they have `count` classes; and the rest."""
    ends = np.cumsum([len(group) for group in groups])
    number = int(np.searchsorted(ends, count)) + 1
    return groups[:number], groups[number:]
