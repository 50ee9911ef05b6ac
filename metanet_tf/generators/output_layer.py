"""The last layer of m and of d."""

import keras

from metanet_tf.config import ModelConfig
from metanet_tf.learners import uniform_initializer

# Positions need full precision, and rectifiers and gates are no faster with less.
GENERATOR_DTYPE = "float32"


def output_layer(config: ModelConfig, seed: int) -> keras.layers.Dense:
    """Makes one linear unit; zero-preserving generators would cancel its bias out."""
    return keras.layers.Dense(
        1,
        use_bias=not config.zero_preserving_generators,
        kernel_initializer=uniform_initializer(seed, config.generator_output_scale),
        dtype=GENERATOR_DTYPE,
    )
