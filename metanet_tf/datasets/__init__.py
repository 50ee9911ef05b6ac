"""Data sets: sources of images, all giving the same three sets of classes."""

from collections.abc import Callable

from metanet_tf.config import DataConfig
from metanet_tf.datasets import glyphs, mnist, omniglot
from metanet_tf.datasets.image_classes import Dataset
from metanet_tf.errors import InputError

LOADERS: dict[str, Callable[[DataConfig], Dataset]] = {
    "glyphs": glyphs.load,
    "mnist": mnist.load,
    "omniglot": omniglot.load,
}


def load_dataset(config: DataConfig) -> Dataset:
    """Loads the data set that `config.dataset` names.

    Raises:
        InputError: if there is no data set of that name, or its loader cannot
            give what `config` asks for.
    """
    if config.dataset not in LOADERS:
        raise InputError(
            f"`dataset` must be one of {', '.join(LOADERS)}. Received: "
            f"{config.dataset}. Change --dataset."
        )
    return LOADERS[config.dataset](config)
