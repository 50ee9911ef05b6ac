"""Base of m and d: their settings, seeds and last layer."""

import dataclasses
import itertools
from collections.abc import Iterable
from typing import Any, TypeVar

import keras

from metanet_tf.config import ModelConfig
from metanet_tf.learners import uniform_initializer

# Positions need full precision, and rectifiers and gates are no faster with less.
GENERATOR_DTYPE = "float32"

Self = TypeVar("Self", bound="Generator")


class Generator(keras.layers.Layer):
    """Layer that turns gradients into fast weights, coordinate by coordinate.

    Args:
        config: those settings whose names begin with `generator`, and others.
        seeds: one for each layer within; the first `num_layers` are taken.
        num_layers: number of layers within.
        **settings: those of `keras.layers.Layer`.
    """

    def __init__(
        self,
        config: ModelConfig,
        seeds: Iterable[int],
        *,
        num_layers: int,
        **settings: Any,
    ) -> None:
        super().__init__(**{"dtype": GENERATOR_DTYPE} | settings)
        self.config = config
        self._seeds = list(itertools.islice(seeds, num_layers))

    def get_config(self) -> dict[str, Any]:
        config = dataclasses.asdict(self.config)
        return {**super().get_config(), "config": config, "seeds": self._seeds}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        return cls(**{**config, "config": ModelConfig(**config["config"])})

    def _output_layer(self, seed: int) -> keras.layers.Dense:
        """Makes one linear unit; a zero-preserving generator cancels its bias out."""
        scale = self.config.generator_output_scale
        return keras.layers.Dense(
            1,
            use_bias=not self.config.zero_preserving_generators,
            kernel_initializer=uniform_initializer(seed, scale),
            dtype=GENERATOR_DTYPE,
        )
