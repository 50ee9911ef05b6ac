"""Omniglot: 1,623 characters of 50 alphabets, 20 drawings each.

The previous split (Vinyals et al. 2016) divides characters at random across
alphabets; `omniglot_previous_test.txt` is this project's own draw. The standard
split (Lake et al. 2015) divides alphabets; TFDS calls its sides train and test.
"""

import importlib.resources

import numpy as np
from absl import logging

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import Arrays, cache_file_name, cached_arrays
from metanet_tf.data.image_classes import (
    Dataset,
    ImageClasses,
    hold_out_validation,
)

# Part of the cache file's name; raise it when the arrays would change.
_CACHE_FORMAT = 1
_SOURCE_URL = "https://github.com/brendenlake/omniglot"


def load(config: DataConfig) -> Dataset:
    """Loads Omniglot, from the cache if these images were prepared before.

    Raises:
        InputError: if the data is neither in `config.data_dir` nor to be
            downloaded, or if `config.validation_classes` is too large.
    """
    file_name = cache_file_name("omniglot", config, _CACHE_FORMAT)
    arrays = cached_arrays(
        file_name, config.cache_dir, lambda: _read_characters(config)
    )
    names = tuple(str(name) for name in arrays["class_names"])
    alphabets = tuple(name.rpartition("_")[0] for name in names)
    characters = ImageClasses(arrays["images"], arrays["class_sizes"], names, alphabets)
    is_test = arrays["is_evaluation"]
    if config.class_split == "previous":
        is_test = np.isin(names, previous_test_classes())
    return hold_out_validation(
        characters.subset(np.flatnonzero(~is_test)),
        characters.subset(np.flatnonzero(is_test)),
        config.validation_classes,
    )


def previous_test_classes() -> list[str]:
    """The 423 test characters of the previous split, as in the shipped list."""
    shipped = importlib.resources.files(__package__) / "omniglot_previous_test.txt"
    lines = shipped.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _read_characters(config: DataConfig) -> Arrays:
    """Reads all 32,460 drawings, prepared and sorted by character.

    Returns:
        `images` uint8 [M, image_size, image_size, 1]; for every character
        `class_sizes` int32, `class_names` str and `is_evaluation` bool, true
        for the standard split's evaluation alphabets.
    """
    # Slow to import, and not needed once the cache is filled.
    from metanet_tf.data.tfds_source import TfdsSource

    source = TfdsSource("omniglot", config.data_dir, _SOURCE_URL)
    logging.info("Reading and preparing Omniglot, once.")
    background = source.read_prepared("train", config, "dark")
    evaluation = source.read_prepared("test", config, "dark")
    images = np.concatenate([background[0], evaluation[0]])
    labels = np.concatenate([background[1], evaluation[1]])
    class_names = source.class_names
    return {
        "images": images[np.argsort(labels, kind="stable")],
        "class_sizes": np.bincount(labels, minlength=len(class_names)).astype(np.int32),
        "class_names": np.array(class_names),
        "is_evaluation": np.isin(np.arange(len(class_names)), evaluation[1]),
    }
