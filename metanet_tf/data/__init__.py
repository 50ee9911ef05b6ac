"""Data sets: sources of images, all giving the same three sets of classes."""

import dataclasses
from collections.abc import Callable

from metanet_tf.config import DataConfig
from metanet_tf.data import (
    glyphs,
    image_folder,
    mini_imagenet,
    mnist,
    omniglot,
    tfds_classes,
)
from metanet_tf.data.image_classes import Dataset
from metanet_tf.utils.errors import InputError, did_you_mean

LOADERS: dict[str, Callable[[DataConfig], Dataset]] = {
    "cifar_fs": tfds_classes.load_cifar_fs,
    "glyphs": glyphs.load,
    "image_folder": image_folder.load,
    "mini_imagenet": mini_imagenet.load,
    "mnist": mnist.load,
    "omniglot": omniglot.load,
    "tfds": tfds_classes.load_by_name,  # tfds:NAME
}

_FOLDERS: dict[str, Callable[[str], None]] = {
    "image_folder": image_folder.check_folder,
    "mini_imagenet": mini_imagenet.check_folder,
}


def load_dataset(config: DataConfig) -> Dataset:
    """Loads the data set that `config.dataset` names.

    Raises:
        InputError: if there is no data set of that name, or its loader cannot
            give what `config` asks for.
    """
    return LOADERS[_name(config)](config)


def check_source(config: DataConfig) -> None:
    """Checks what can be checked before anything is read, or TensorFlow imported.

    Raises:
        InputError: if there is no data set of that name, or it is read from a folder
            and there is none.
    """
    if check_folder := _FOLDERS.get(_name(config)):
        check_folder(config.data_dir)


def _name(config: DataConfig) -> str:
    """Returns the name that `LOADERS` has; raises InputError if there is none."""
    name = config.dataset.partition(":")[0]
    if name not in LOADERS or (name != config.dataset and name != "tfds"):
        raise InputError(
            f"`dataset` must be one of {', '.join(LOADERS)}:NAME. Received: "
            f"{config.dataset}. {did_you_mean(name, LOADERS)}Change --dataset."
        )
    return name


def load_for_training(config: DataConfig) -> Dataset:
    """`load_dataset`, and rotations and reflections of its training classes.

    These are made if `config` asks for them. Up to eight times the images: what
    does not train needs none of them.

    Raises:
        InputError: as `load_dataset` does, or if they are asked for of images that
            are not in memory.
    """
    dataset = load_dataset(config)
    training = dataset.training
    if training.is_mapped and (config.rotations or config.reflections):
        raise InputError(
            "`memory_map` must be without rotations and reflections, which make more "
            "images. Received: both. Leave --memory_map out, or give --norotations "
            "--noreflections."
        )
    if config.rotations:
        training = training.with_rotations()
    if config.reflections:
        training = training.with_reflections()
    return dataclasses.replace(dataset, training=training)
