"""MNIST beside the data of a run."""

import dataclasses

from metanet_tf.config import DataConfig


def mnist_data(data: DataConfig) -> DataConfig:
    """MNIST at the size of the images of `data`, with the default validation classes.

    Its permuted digits need no rotations or reflections to be many.
    """
    return dataclasses.replace(
        data,
        dataset="mnist",
        rotations=False,
        reflections=False,
        validation_classes=DataConfig().validation_classes,
    )
