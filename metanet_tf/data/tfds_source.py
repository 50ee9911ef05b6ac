"""Prepared data of TensorFlow Datasets, downloaded if need be.

Importing TensorFlow Datasets takes seconds, so this module is imported only
where the images are not cached.
"""

import contextlib
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from absl import logging

from metanet_tf.config import DataConfig
from metanet_tf.data.preparation import traced_preparation
from metanet_tf.data.prepared_pictures import with_opacity
from metanet_tf.utils.errors import InputError

_PROBE_SECONDS = 10
_READ_BATCH = 256


class TfdsSource:
    """A data set of TFDS with images and labels, on this machine.

    Args:
        name: the data set's name in TFDS, and of its configuration if it has several.
        data_dir: folder of prepared data; empty: TFDS's own.
        source_url: address that answers if the data can be downloaded; empty: the
            data set's home page.

    Raises:
        InputError: if TFDS knows no such data set, the data is not in `data_dir` and
            cannot be downloaded, or is damaged.
    """

    def __init__(self, name: str, data_dir: str, source_url: str) -> None:
        with _damage_reported(os.path.join(data_dir, name)):
            self._builder = _builder(name, data_dir)
        if not self._builder.is_prepared():
            self._download(source_url or self._builder.info.homepage)

    @property
    def class_names(self) -> list[str]:
        """Name of every label."""
        return self._builder.info.features["label"].names

    def read_prepared(
        self, split: str, config: DataConfig, ink: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Reads pictures and prepares them as `config` says.

        Args:
            split: name of a part of the data set.
            config: of the run.
            ink: "dark", on white paper, or "light", on black.

        Returns:
            Images, uint8 [m, image_size, image_size, 1], 255 = ink; and their
            labels, int64 [m].

        Raises:
            InputError: if the files are damaged.
        """
        with _damage_reported(self._builder.data_path):
            dataset = self._builder.as_dataset(
                split=split,
                batch_size=_READ_BATCH,
                read_config=tfds.ReadConfig(try_autocache=False),  # It is read once.
            )
            prepare = traced_preparation(config, ink)
            images, labels = [], []
            for batch in dataset.prefetch(1):
                images.append(prepare(batch["image"]).numpy())
                labels.append(batch["label"].numpy())
        return np.concatenate(images), np.concatenate(labels)

    def labels(self) -> np.ndarray:
        """Returns the labels of all splits, int [m]; those without one left out.

        Raises:
            InputError: if the data set is not of images with a label, or the files
                are damaged.
        """
        self._check_features()
        return np.array([example["label"] for example in self._examples("label")], int)

    def pictures(self) -> Iterator[np.ndarray]:
        """Yields the pictures that `labels` tells of, uint8 [h, w, 4], in its order.

        Raises:
            InputError: if the files are damaged.
        """
        for example in self._examples("label", "image"):
            yield with_opacity(example["image"])

    def _examples(self, *features: str) -> Iterator[dict[str, Any]]:
        """Yields some features of all examples with a label; others are not decoded."""
        wanted = tfds.decode.PartialDecoding(dict.fromkeys(features, True))
        with _damage_reported(self._builder.data_path):
            for split in self._builder.info.splits:
                dataset = self._builder.as_dataset(
                    split=split,
                    decoders=wanted,
                    read_config=tfds.ReadConfig(try_autocache=False),  # Read once.
                )
                for example in dataset.prefetch(_READ_BATCH).as_numpy_iterator():
                    if example["label"] >= 0:
                        yield example

    def _check_features(self) -> None:
        features = dict(self._builder.info.features)
        image, label = (features.get(name) for name in ("image", "label"))
        is_right = (
            isinstance(image, tfds.features.Image)
            and isinstance(label, tfds.features.ClassLabel)
            and image.np_dtype == np.uint8
        )
        if not is_right:
            raise InputError(
                "`dataset` must be one of pictures, `image`, with a class each, "
                f"`label`. Received: tfds:{self._builder.name}, which has "
                f"{', '.join(features)}. Change --dataset."
            )

    def _download(self, source_url: str) -> None:
        # TFDS itself retries for minutes, and leaves files behind when it fails.
        if not _is_reachable(source_url):
            raise self._missing_data(f"{source_url} cannot be reached")
        logging.info("Downloading to %s.", self._builder.data_path)
        try:
            self._builder.download_and_prepare()
        except Exception as error:  # TFDS's, requests', TensorFlow's, the system's.
            raise self._missing_data(f"the download failed: {error}") from error

    def _missing_data(self, reason: str) -> InputError:
        name, version = self._builder.name, self._builder.version
        return InputError(
            f"`data_dir` must hold {name} as TFDS prepares it, or a network must be "
            f"there to download it. Received: no data in {self._builder.data_path}, "
            f"and {reason}. Point --data_dir at a folder that contains "
            f"{name}/{version}, or run once with a network."
        )


def _builder(name: str, data_dir: str) -> tfds.core.DatasetBuilder:
    try:
        return tfds.builder(name, data_dir=data_dir or None)
    except Exception as error:  # Names, configurations and versions: of many types.
        if _is_known(name):
            raise
        raise InputError(
            "`dataset` must be one that TensorFlow Datasets has, with a configuration "
            "and version that it has, whose catalogue is at "
            f"https://www.tensorflow.org/datasets/catalog. Received: {name}. Change "
            "--dataset."
        ) from error


def _is_known(name: str) -> bool:
    """True if TFDS knows the name where no data is, which could be damaged."""
    with tempfile.TemporaryDirectory() as empty:
        try:
            tfds.builder(name, data_dir=empty)
        except Exception:
            return False
    return True


@contextlib.contextmanager
def _damage_reported(folder: str | os.PathLike) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # Damage shows as errors of many types.
        raise InputError(
            f"`data_dir` must hold undamaged data. Received: {folder}: {error}. "
            "Restore or remove that folder, or change --data_dir."
        ) from error


def _is_reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_PROBE_SECONDS):
            return True
    except urllib.error.HTTPError:
        return True  # The host answered.
    except OSError:
        return False
