"""Generators of fast weights from gradients: m, an MLP, and d, an LSTM (Appendix A).

Both work on one coordinate of a gradient at a time with weights shared by all
coordinates, so they serve kernels of any shape and number.
"""

from collections.abc import Iterator

import keras
import tensorflow as tf

from metanet_tf.learners import uniform_initializer
from metanet_tf.meta_information import preprocess_gradients


class ExampleWeightGenerator(keras.layers.Layer):
    """m: turns each example's gradient into its fast weights, W*_i = m(Z, ∇_i) (Eq. 1).

    Args:
        units: hidden units per layer.
        output_scale: factor on the last layer's initial weights.
        seeds: one per weight that is drawn.

    Call arguments:
        gradients: float [N, *kernel shape].

    Returns:
        float [N, *kernel shape].
    """

    def __init__(self, units: int, output_scale: float, seeds: Iterator[int]) -> None:
        super().__init__(name="example_weight_generator")
        self.hidden = [_dense(units, "relu", seeds) for _ in range(2)]
        self.output_layer = _output_layer(output_scale, seeds)

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        shape: tuple[int | None, ...] = (None, 2)
        for layer in [*self.hidden, self.output_layer]:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, gradients: tf.Tensor) -> tf.Tensor:
        coordinates = preprocess_gradients(tf.reshape(gradients, [-1]))
        for layer in self.hidden:
            coordinates = layer(coordinates)
        return tf.reshape(self.output_layer(coordinates), tf.shape(gradients))


class TaskWeightGenerator(keras.layers.Layer):
    """d: reads T gradients of a coordinate in turn, Q* = d(G, {∇_i}) (Eq. 4).

    Args:
        units: hidden units of the LSTM.
        output_scale: factor on the last layer's initial weights.
        seeds: one per weight that is drawn.

    Call arguments:
        gradients: float [T, *kernel shape].

    Returns:
        float [*kernel shape].
    """

    def __init__(self, units: int, output_scale: float, seeds: Iterator[int]) -> None:
        super().__init__(name="task_weight_generator")
        self.lstm = keras.layers.LSTM(
            units,
            kernel_initializer=uniform_initializer(next(seeds)),
            recurrent_initializer=uniform_initializer(next(seeds)),
        )
        self.output_layer = _output_layer(output_scale, seeds)

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        self.lstm.build((None, None, 2))
        self.output_layer.build((None, self.lstm.units))
        self.built = True

    def call(self, gradients: tf.Tensor) -> tf.Tensor:
        length = tf.shape(gradients)[0]
        coordinates = tf.transpose(tf.reshape(gradients, [length, -1]))
        hidden = self.lstm(preprocess_gradients(coordinates))
        return tf.reshape(self.output_layer(hidden), tf.shape(gradients)[1:])


def _dense(
    units: int, activation: str, seeds: Iterator[int]
) -> keras.layers.Dense:
    return keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=uniform_initializer(next(seeds)),
    )


def _output_layer(scale: float, seeds: Iterator[int]) -> keras.layers.Dense:
    """One linear unit that starts small: large fast weights would start as noise.

    Source: BUILD_NOTES.md, "Fast weights start small".
    """
    return keras.layers.Dense(
        1, kernel_initializer=uniform_initializer(next(seeds), scale)
    )
