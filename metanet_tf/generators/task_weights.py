"""d: task-level fast weights, by an LSTM over the gradients of a task (Eq. 4)."""

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.generators.coordinates import generate
from metanet_tf.generators.generator import GENERATOR_DTYPE, Generator
from metanet_tf.learners import FastWeights, uniform_initializer
from metanet_tf.meta_information import gradient_position, inputs_at


@keras.saving.register_keras_serializable(package="metanet_tf")
class TaskWeightGenerator(Generator):
    """d: reads T gradients of a coordinate in turn, Q* = d(G, {∇_i}) (Eq. 4).

    Args:
        config: those settings whose names begin with `generator`, and others.
        seeds: one per layer, of which five are taken.
        **settings: those of `keras.layers.Layer`.

    Call arguments:
        gradients: one float [T, *kernel shape] per augmented layer.

    Returns:
        One float [*kernel shape] per augmented layer.
    """

    def __init__(
        self,
        config: ModelConfig,
        seeds: Iterable[int],
        name: str = "task_weight_generator",
        **settings: Any,
    ) -> None:
        super().__init__(config, seeds, num_layers=5, name=name, **settings)
        of_input, of_forget, of_candidate, of_gate, of_output = self._seeds
        self.input_gate = self._gate("sigmoid", of_input)
        self.forget_gate = self._gate("sigmoid", of_forget, bias="ones")
        self.candidate = self._gate("tanh", of_candidate)
        self.output_gate = self._gate("sigmoid", of_gate)
        self.output_layer = self._output_layer(of_output)

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        gates = self.input_gate, self.forget_gate, self.candidate, self.output_gate
        for gate in gates:
            gate.build((None, 2 + self.config.generator_units))
        self.output_layer.build((None, self.config.generator_units))
        self.built = True

    def call(self, gradients: FastWeights) -> FastWeights:
        return [self._fast_weights(gradient) for gradient in gradients]

    def _gate(
        self, activation: str, seed: int, bias: str = "zeros"
    ) -> keras.layers.Dense:
        return keras.layers.Dense(
            self.config.generator_units,
            activation=activation,
            kernel_initializer=uniform_initializer(seed),
            bias_initializer=bias,
            dtype=GENERATOR_DTYPE,
        )

    def _fast_weights(self, gradients: tf.Tensor) -> tf.Tensor:
        length = gradients.shape[0] or tf.shape(gradients)[0]
        coordinates = tf.reshape(gradients, [length, -1])
        fast_weights = generate(self._outputs, coordinates, self.config)
        return tf.reshape(fast_weights, tf.shape(gradients)[1:])

    def _outputs(self, coordinates: tf.Tensor) -> tf.Tensor:
        """Applies the LSTM to the columns of [T, count] coordinates; [count]."""
        inputs = inputs_at(gradient_position(coordinates), with_one=True)
        hidden, cell = self._step(inputs[0])
        if inputs.shape[0] is None:
            hidden = self._scan(inputs, hidden, cell)
        else:
            for row in tf.unstack(inputs)[1:]:
                hidden, cell = self._step(tf.concat([row, hidden], axis=1), cell)
        return self.output_layer(hidden)[:, 0]

    def _scan(self, inputs: tf.Tensor, hidden: tf.Tensor, cell: tf.Tensor) -> tf.Tensor:
        """Final hidden state where T is known only at run time."""

        def step(
            time: tf.Tensor, hidden: tf.Tensor, cell: tf.Tensor
        ) -> tuple[tf.Tensor, ...]:
            row = tf.concat([inputs[time], hidden], axis=1)
            return time + 1, *self._step(row, cell)

        _, hidden, _ = tf.while_loop(
            lambda time, *_: time < tf.shape(inputs)[0], step, (1, hidden, cell)
        )
        return hidden

    def _step(
        self, inputs: tf.Tensor, cell: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """One step of an LSTM (Hochreiter & Schmidhuber 1997).

        A product per gate, since splitting the product of all gates would copy it;
        the biases are part of it.

        Args:
            inputs: [count, 3 + units]: 1, the preprocessed gradient, the hidden state.
                Without the latter in the first step, when all states are zero.
            cell: [count, units], or None in the first step.

        Returns:
            hidden and cell, each [count, units].

        Source: BUILD_NOTES.md, "A product per gate".
        """

        def gate(layer: keras.layers.Dense) -> tf.Tensor:
            kernel = tf.concat([layer.bias[tf.newaxis], layer.kernel], axis=0)
            return layer.activation(tf.matmul(inputs, kernel[: inputs.shape[1]]))

        new = gate(self.input_gate) * gate(self.candidate)
        cell = new if cell is None else gate(self.forget_gate) * cell + new
        return gate(self.output_gate) * tf.tanh(cell), cell
