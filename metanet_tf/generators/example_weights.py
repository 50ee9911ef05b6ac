"""m: example-level fast weights, by an MLP over single gradients (Eq. 1).

m is a function of one number, a gradient's coordinate, and piecewise linear in that
coordinate's position on an axis on which its preprocessed inputs are. So m is
evaluated twice in each of its pieces, about 2,600 times, instead of at each of some
hundred thousand coordinates. This is exact but for rounding, gradients included.

Source: BUILD_NOTES.md, "m as a curve".
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.generators.coordinates import generate
from metanet_tf.generators.curve import PiecewiseLinear, add_zero_crossings
from metanet_tf.generators.generator import GENERATOR_DTYPE, Generator
from metanet_tf.learners import FastWeights, uniform_initializer
from metanet_tf.meta_information import POSITION_KINKS, gradient_position, inputs_at


@keras.saving.register_keras_serializable(package="metanet_tf")
class ExampleWeightGenerator(Generator):
    """m: turns each example's gradient into its fast weights, W*_i = m(Z, ∇_i) (Eq. 1).

    Args:
        config: those settings whose names begin with `generator`, and others.
        seeds: one per layer, of which three are taken.
        **settings: those of `keras.layers.Layer`.

    Call arguments:
        gradients: one float [N, *kernel shape] per augmented layer.

    Returns:
        One float32 [N, *kernel shape] per augmented layer.
    """

    def __init__(
        self,
        config: ModelConfig,
        seeds: Iterable[int],
        name: str = "example_weight_generator",
        **settings: Any,
    ) -> None:
        super().__init__(config, seeds, num_layers=3, name=name, **settings)
        *of_hidden, of_output = self._seeds
        self.hidden = [
            keras.layers.Dense(
                config.generator_units,
                activation="relu",
                kernel_initializer=uniform_initializer(seed),
                dtype=GENERATOR_DTYPE,
            )
            for seed in of_hidden
        ]
        self.output_layer = self._output_layer(of_output)

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        shape: tuple[int | None, ...] = (None, 2)
        for layer in [*self.hidden, self.output_layer]:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, gradients: FastWeights) -> FastWeights:
        # XLA does products on a GPU faster than the scattered sums of a curve's slopes.
        outputs = self._at if self.config.jit else self._curve()
        sizes = [tf.size(gradient) for gradient in gradients]
        coordinates = tf.concat([tf.reshape(g, [1, -1]) for g in gradients], axis=1)
        fast_weights = generate(
            lambda columns: outputs(gradient_position(columns[0])),
            coordinates,
            self.config,
        )
        return [
            tf.reshape(part, tf.shape(gradient))
            for part, gradient in zip(
                tf.split(fast_weights, sizes), gradients, strict=True
            )
        ]

    def _curve(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """m as a function of a coordinate's position."""
        kinks = tf.constant(POSITION_KINKS)
        for index in range(len(self.hidden)):
            values = self._before_rectifier(kinks, index)
            kinks = add_zero_crossings(kinks, values)
        return PiecewiseLinear(kinks, self._at)

    def _before_rectifier(self, positions: tf.Tensor, index: int) -> tf.Tensor:
        """Values of hidden layer `index` before its rectifier, [count, units]."""
        values = inputs_at(positions)
        for layer in self.hidden[:index]:
            values = layer(values)
        layer = self.hidden[index]
        return tf.matmul(values, layer.kernel) + layer.bias

    def _at(self, positions: tf.Tensor) -> tf.Tensor:
        """Applies the MLP at [count] positions; [count]."""
        values = inputs_at(positions)
        for layer in [*self.hidden, self.output_layer]:
            values = layer(values)
        return values[:, 0]
