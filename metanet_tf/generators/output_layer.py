"""The last layer of m and of d."""

from collections.abc import Iterator

import keras

from metanet_tf.config import ModelConfig
from metanet_tf.learners import uniform_initializer


def output_layer(
    config: ModelConfig, seeds: Iterator[int], dtype: str | None
) -> keras.layers.Dense:
    """Makes one linear unit; the bias of an anchored generator would cancel out."""
    return keras.layers.Dense(
        1,
        use_bias=not config.anchored_generators,
        kernel_initializer=uniform_initializer(
            next(seeds), config.generator_output_scale
        ),
        dtype=dtype,
    )
