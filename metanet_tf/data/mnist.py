"""MNIST: ten digits for out-of-domain tests, and 500 classes of permuted pixels.

The test classes are the digits of MNIST's test images as they are. A training class
is a digit whose pixels are permuted; each of 50 permutations makes classes of the ten
digits. Every class has 100 of MNIST's training images, and no image is in two of
them, so 500 classes take 39 MB, where all images under all permutations would
take 2.4 GB.
"""

import numpy as np
from absl import logging

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import Arrays, cache_file_name, cached_arrays
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.utils.errors import InputError

PERMUTATIONS = 50
IMAGES_PER_CLASS = 100

# Part of the cache file's name; raise it when the arrays would change.
_CACHE_FORMAT = 1
_SOURCE_URL = "https://storage.googleapis.com/cvdf-data/mnist/"
_DIGITS = 10
_SEED = 0


def load(config: DataConfig) -> Dataset:
    """Loads MNIST, from the cache if these images were prepared before.

    Validation classes are those of the last permutations, so that no permutation
    occurs both in training and in validation.

    Raises:
        InputError: if the data is neither in `config.data_dir` nor to be
            downloaded, or if `config.validation_classes` is not those of whole
            permutations.
    """
    _check_validation_classes(config.validation_classes)
    file_name = cache_file_name("mnist", config, _CACHE_FORMAT)
    arrays = cached_arrays(file_name, config.cache_dir, lambda: _read_digits(config))
    permuted = _permuted_classes(arrays["training_images"])
    num_training = permuted.num_classes - config.validation_classes
    names = tuple(str(digit) for digit in range(_DIGITS))
    return Dataset(
        training=permuted.subset(np.arange(num_training)),
        validation=permuted.subset(np.arange(num_training, permuted.num_classes)),
        test=ImageClasses(arrays["test_images"], arrays["test_sizes"], names),
    )


def _check_validation_classes(validation_classes: int) -> None:
    most = (PERMUTATIONS - 1) * _DIGITS
    if validation_classes % _DIGITS or validation_classes > most:
        raise InputError(
            f"`validation_classes` of mnist must be a multiple of {_DIGITS}, at most "
            f"{most}: whole permutations are held out. Received: "
            f"{validation_classes}. Change --validation_classes."
        )


def _read_digits(config: DataConfig) -> Arrays:
    """Reads MNIST's images, prepared and sorted by digit.

    Returns:
        `training_images`, uint8 [M, image_size, image_size, 1]: as many of each
        digit as there are permutations to fill; `test_images`: all of them, and
        for every digit `test_sizes`, int32.
    """
    # Slow to import, and not needed once the cache is filled.
    from metanet_tf.data.tfds_source import TfdsSource

    source = TfdsSource("mnist", config.data_dir, _SOURCE_URL)
    logging.info("Reading and preparing MNIST, once.")
    training = source.read_prepared("train", config, "light")
    test_images, test_labels = source.read_prepared("test", config, "light")
    return {
        "training_images": _by_digit(*training, PERMUTATIONS * IMAGES_PER_CLASS),
        "test_images": _by_digit(test_images, test_labels),
        "test_sizes": np.bincount(test_labels).astype(np.int32),
    }


def _by_digit(
    images: np.ndarray, labels: np.ndarray, most: int | None = None
) -> np.ndarray:
    """The first `most` images of digit 0, then those of digit 1, and so on."""
    wanted = [np.flatnonzero(labels == digit)[:most] for digit in range(_DIGITS)]
    return images[np.concatenate(wanted)]


def _permuted_classes(images: np.ndarray) -> ImageClasses:
    """Spreads the images of each digit over the permutations.

    Args:
        images: uint8 [_DIGITS * PERMUTATIONS * IMAGES_PER_CLASS, H, W, 1], by digit.

    Returns:
        Class p * _DIGITS + d is digit d under permutation p.
    """
    pixels = images.reshape(_DIGITS, PERMUTATIONS, IMAGES_PER_CLASS, -1)
    permutations = _permutations(pixels.shape[-1])
    permuted = [pixels[:, p][..., order] for p, order in enumerate(permutations)]
    names = [f"{d}_permuted_{p}" for p in range(PERMUTATIONS) for d in range(_DIGITS)]
    return ImageClasses(
        images=np.stack(permuted).reshape(images.shape),
        class_sizes=np.full(len(names), IMAGES_PER_CLASS, np.int32),
        class_names=tuple(names),
    )


def _permutations(num_pixels: int) -> list[np.ndarray]:
    """The same ones in every run."""
    rng = np.random.default_rng(_SEED)
    return [rng.permutation(num_pixels) for _ in range(PERMUTATIONS)]
