"""Data sets of TensorFlow Datasets that classify images: any by name, and CIFAR-FS.

CIFAR-FS is CIFAR-100 with the division into classes of Bertinetto et al. (2019).
"""

import re

import numpy as np
from absl import logging

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import Allocate, Arrays, cached_images
from metanet_tf.data.class_lists import check_complete, read_parts, split_by_list
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.data.labelled_files import check_classes, classes_of
from metanet_tf.data.mini_imagenet import check_photographs
from metanet_tf.data.splits import split_by_seed
from metanet_tf.utils.errors import InputError

CIFAR_FS_LIST = "cifar_fs_classes.txt"
_CACHE_FORMAT = 1  # Raise it when the arrays would change.
_CIFAR_URL = "https://www.cs.toronto.edu/~kriz/cifar.html"


def load_by_name(config: DataConfig) -> Dataset:
    """Reads the data set that `config.dataset`, "tfds:NAME", names; divided by seed.

    All its splits are read together, since the classes are divided anew.

    Raises:
        InputError: if there is none of that name, it does not classify images, it is
            neither in `config.data_dir` nor to be downloaded, or it has too few
            classes.
    """
    name = config.dataset.partition(":")[2]
    if not name:
        raise InputError(
            "`dataset` must name a data set of TensorFlow Datasets, such as "
            f"tfds:stanford_dogs. Received: {config.dataset}. Change --dataset."
        )
    return split_by_seed(_read(name, "", config), config)


def load_cifar_fs(config: DataConfig) -> Dataset:
    """Reads CIFAR-FS: 64 training, 16 validation and 20 test classes of 600 images.

    Raises:
        InputError: if CIFAR-100 is neither in `config.data_dir` nor to be downloaded,
            or `config.preparation` is not for photographs.
    """
    check_photographs(config, image_size=32)
    classes = _read("cifar100", _CIFAR_URL, config)
    part_of = read_parts(CIFAR_FS_LIST)
    check_complete({*classes.class_names}, part_of, config.data_dir)
    return split_by_list(classes, part_of)


def _read(name: str, source_url: str, config: DataConfig) -> ImageClasses:
    word = re.sub("[^a-z0-9]+", "_", name.lower())
    arrays = cached_images(
        f"tfds-{word}",
        config,
        lambda allocate: _prepare(name, source_url, config, allocate),
        version=_CACHE_FORMAT,
    )
    classes = classes_of(arrays)
    check_classes(classes)
    return classes


def _prepare(
    name: str, source_url: str, config: DataConfig, allocate: Allocate
) -> Arrays:
    # Slow to import, and not needed once the cache is filled.
    from metanet_tf.data.prepared_pictures import prepare_into
    from metanet_tf.data.tfds_source import TfdsSource

    source = TfdsSource(name, config.data_dir, source_url)
    logging.info("Reading and preparing %s, once.", name)
    labels = source.labels()
    present, sizes = np.unique(labels, return_counts=True)
    places = np.argsort(np.argsort(labels, kind="stable"))  # Class by class.
    prepare_into(allocate(len(labels)), source.pictures(), config, places)
    return {
        "class_sizes": sizes.astype(np.int32),
        "class_names": np.array(source.class_names)[present],
    }
