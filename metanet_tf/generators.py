"""Generators of fast weights from gradients: m, an MLP, and d, an LSTM (Appendix A).

Both work on one coordinate of a gradient at a time with weights shared by all
coordinates, so they serve kernels of any shape and number.
"""

from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from metanet_tf.learners import uniform_initializer
from metanet_tf.meta_information import preprocess_gradients


class ExampleWeightGenerator(keras.layers.Layer):
    """m: turns each example's gradient into its fast weights, W*_i = m(Z, ∇_i) (Eq. 1).

    Args:
        units: hidden units per layer.
        output_scale: factor on the last layer's initial weights.
        anchored: whether a gradient of zero makes a fast weight of zero.
        seeds: one per weight that is drawn.

    Call arguments:
        gradients: float [N, *kernel shape].

    Returns:
        float [N, *kernel shape].
    """

    def __init__(
        self, units: int, output_scale: float, anchored: bool, seeds: Iterator[int]
    ) -> None:
        super().__init__(name="example_weight_generator")
        self.anchored = anchored
        self.hidden = [_dense(units, "relu", seeds) for _ in range(2)]
        self.output_layer = _output_layer(output_scale, seeds)

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        shape: tuple[int | None, ...] = (None, 2)
        for layer in [*self.hidden, self.output_layer]:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, gradients: tf.Tensor) -> tf.Tensor:
        coordinates = tf.reshape(gradients, [1, -1])
        fast_weights = _generate(self._outputs, coordinates, self.anchored)
        return tf.reshape(fast_weights, tf.shape(gradients))

    def _outputs(self, coordinates: tf.Tensor) -> tf.Tensor:
        """Applies the MLP to each of [1, count] coordinates; [count, 1]."""
        outputs = preprocess_gradients(coordinates[0])
        for layer in [*self.hidden, self.output_layer]:
            outputs = layer(outputs)
        return outputs


class TaskWeightGenerator(keras.layers.Layer):
    """d: reads T gradients of a coordinate in turn, Q* = d(G, {∇_i}) (Eq. 4).

    Args:
        units: hidden units of the LSTM.
        output_scale: factor on the last layer's initial weights.
        anchored: whether a gradient of zero makes a fast weight of zero.
        seeds: one per weight that is drawn.

    Call arguments:
        gradients: float [T, *kernel shape].

    Returns:
        float [*kernel shape].
    """

    def __init__(
        self, units: int, output_scale: float, anchored: bool, seeds: Iterator[int]
    ) -> None:
        super().__init__(name="task_weight_generator")
        self.anchored = anchored
        self.units = units
        self.input_gate = _dense(units, "sigmoid", seeds)
        self.forget_gate = _dense(units, "sigmoid", seeds, bias="ones")
        self.candidate = _dense(units, "tanh", seeds)
        self.output_gate = _dense(units, "sigmoid", seeds)
        self.output_layer = _output_layer(output_scale, seeds)

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        gates = self.input_gate, self.forget_gate, self.candidate, self.output_gate
        for gate in gates:
            gate.build((None, 2 + self.units))
        self.output_layer.build((None, self.units))
        self.built = True

    def call(self, gradients: tf.Tensor) -> tf.Tensor:
        length = gradients.shape[0] or tf.shape(gradients)[0]
        coordinates = tf.reshape(gradients, [length, -1])
        fast_weights = _generate(self._outputs, coordinates, self.anchored)
        return tf.reshape(fast_weights, tf.shape(gradients)[1:])

    def _outputs(self, coordinates: tf.Tensor) -> tf.Tensor:
        """Applies the LSTM to the columns of [T, count] coordinates; [count, 1]."""
        inputs = preprocess_gradients(coordinates)
        state = tf.zeros([tf.shape(inputs)[1], self.units], inputs.dtype)
        if inputs.shape[0] is None:
            return self.output_layer(self._scan(inputs, state))
        hidden = cell = state
        for row in tf.unstack(inputs):
            hidden, cell = self._step(row, hidden, cell)
        return self.output_layer(hidden)

    def _scan(self, inputs: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """Final hidden state where T is known only at run time."""
        _, hidden, _ = tf.while_loop(
            lambda time, *_: time < tf.shape(inputs)[0],
            lambda time, *states: (time + 1, *self._step(inputs[time], *states)),
            (0, state, state),
        )
        return hidden

    def _step(
        self, inputs: tf.Tensor, hidden: tf.Tensor, cell: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """One step of an LSTM (Hochreiter & Schmidhuber 1997).

        A product per gate, since splitting the product of all gates would copy it.
        """
        inputs = tf.concat([inputs, hidden], axis=1)
        new = self.input_gate(inputs) * self.candidate(inputs)
        cell = self.forget_gate(inputs) * cell + new
        return self.output_gate(inputs) * tf.tanh(cell), cell


def _generate(
    outputs: Callable[[tf.Tensor], tf.Tensor], coordinates: tf.Tensor, anchored: bool
) -> tf.Tensor:
    """Fast weights of coordinates, computed only where there is a gradient.

    A rectifier that is off makes its weights' gradients exactly zero, and most are
    off. All coordinates without a gradient have the output at zero in common. An
    anchored generator subtracts that: no gradient, no fast weight.

    Args:
        outputs: turns [T, any] coordinates into [any, 1] outputs.
        coordinates: float [T, count].
        anchored: whether to subtract the output at zero.

    Returns:
        float [count].

    Source: BUILD_NOTES.md, "Anchored generators" and "Coordinates without gradient".
    """
    active = tf.where(tf.reduce_any(coordinates != 0, axis=0))
    at_zero = outputs(tf.zeros_like(coordinates[:, :1]))
    changes = outputs(tf.gather(coordinates, active[:, 0], axis=1)) - at_zero
    fast_weights = tf.scatter_nd(
        active, changes[:, 0], tf.shape(coordinates, active.dtype)[1:]
    )
    return fast_weights if anchored else fast_weights + at_zero[0]


def _dense(
    units: int, activation: str, seeds: Iterator[int], bias: str = "zeros"
) -> keras.layers.Dense:
    return keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=uniform_initializer(next(seeds)),
        bias_initializer=bias,
    )


def _output_layer(scale: float, seeds: Iterator[int]) -> keras.layers.Dense:
    """One linear unit."""
    return keras.layers.Dense(
        1, kernel_initializer=uniform_initializer(next(seeds), scale)
    )
