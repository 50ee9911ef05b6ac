"""Base of the augmented layers: the sum of separate activations."""

import functools
import operator
from typing import Any

import keras
import tensorflow as tf


class Augmented(keras.layers.Layer):
    """Returns act(x W + b) + act(x W*) + act(x W*_i); terms without W* are left out.

    Base of the layers that add fast weights to the slow weights of a Keras layer, which
    is the other base of their classes. The layer says how a kernel is applied
    (`slow_term`, `task_term` and `example_term`, all without the non-linearity). An
    output layer has a linear activation, so its logits are summed before the softmax.

    Source: section 3.3, figure 2.

    Args:
        *arguments: those of the Keras layer.
        slow_weights: False leaves out the slow term wherever fast weights are
            given, to show that fast weights alone do not converge.
        **settings: those of the Keras layer.

    Call arguments:
        inputs: float [batch, ..., in].
        task_fast_kernel: float [*kernel shape], one for all examples (W*), or None.
        example_fast_kernel: float [batch, *kernel shape], one per example (W*_i), or
            None.

    Returns:
        float [batch, ..., out].

    Raises:
        ValueError: if a fast kernel has another shape.
    """

    def __init__(
        self, *arguments: Any, slow_weights: bool = True, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self.slow_weights = slow_weights

    def call(
        self,
        inputs: tf.Tensor,
        task_fast_kernel: tf.Tensor | None = None,
        example_fast_kernel: tf.Tensor | None = None,
    ) -> tf.Tensor:
        return self.add_terms(
            self.slow_term(inputs), inputs, task_fast_kernel, example_fast_kernel
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slow_weights": self.slow_weights}

    def slow_term(self, inputs: tf.Tensor) -> tf.Tensor:
        """Applies the slow weights: x W + b, [batch, ..., out]."""
        raise NotImplementedError

    def task_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        """Applies one kernel W* to all examples."""
        raise NotImplementedError

    def example_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        """Applies kernel W*_i to example i."""
        raise NotImplementedError

    def kernel_gradients(self, inputs: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
        """Gradient of each example's loss with respect to the slow kernel.

        Args:
            inputs: what the layer was applied to, [batch, ..., in].
            deltas: gradient of the summed losses with respect to the slow term,
                [batch, ..., out].

        Returns:
            [batch, *kernel shape]; row i is the gradient of loss i alone, since
            example i's slow term enters no other loss.
        """
        raise NotImplementedError

    def add_terms(
        self,
        slow_term: tf.Tensor,
        inputs: tf.Tensor,
        task_fast_kernel: tf.Tensor | None,
        example_fast_kernel: tf.Tensor | None,
    ) -> tf.Tensor:
        """Adds the activations of the slow term and of those with fast weights."""
        is_plain = task_fast_kernel is None and example_fast_kernel is None
        terms = [slow_term] if self.slow_weights or is_plain else []
        if task_fast_kernel is not None:
            self._check_fast_kernel("task_fast_kernel", task_fast_kernel, ())
            terms.append(self.task_term(inputs, task_fast_kernel))
        if example_fast_kernel is not None:
            self._check_fast_kernel("example_fast_kernel", example_fast_kernel, (None,))
            terms.append(self.example_term(inputs, example_fast_kernel))
        activations = functools.reduce(operator.add, map(self.activation, terms))
        return self.finish(inputs, activations)

    def finish(self, inputs: tf.Tensor, activations: tf.Tensor) -> tf.Tensor:
        """Makes the output of the sum of the activations: they are it."""
        del inputs
        return activations

    def add_bias(self, term: tf.Tensor) -> tf.Tensor:
        """Adds the bias if there is one."""
        if self.bias is None:
            return term
        # Its gradient is one kernel, unlike that of a sum that broadcasts.
        return tf.nn.bias_add(term, tf.cast(self.bias, term.dtype))

    @property
    def kernel_shape(self) -> tuple[int | None, ...]:
        """Shape of one kernel of fast weights."""
        return tuple(self.kernel.shape)

    def _check_fast_kernel(
        self, name: str, fast_kernel: tf.Tensor, leading: tuple[None, ...]
    ) -> None:
        expected = tf.TensorShape(leading + self.kernel_shape)
        if not expected.is_compatible_with(fast_kernel.shape):
            raise ValueError(
                f"`{name}` of layer {self.name} must have shape {expected}. "
                f"Received: {fast_kernel.shape}. Give a kernel shaped like the "
                "layer's own, behind the batch axis if there is one per example."
            )
