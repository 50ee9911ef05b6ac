"""Dense layer that adds fast weights to its slow weights."""

from typing import Any

import keras
import tensorflow as tf

from metanet_tf.layers.augmentation import Augmented


@keras.saving.register_keras_serializable(package="metanet_tf")
class AugmentedDense(Augmented, keras.layers.Dense):
    """Returns act(x W + b) + act(x W*) + act(x W*_i); `keras.layers.Dense` without W*.

    Source: section 3.3, figure 2.

    Args:
        *arguments: `units`, output features, integer >= 1.
        skip_connection: True gives the inputs beside the sum, each of the two divided
            by its length, so that both count alike in a cosine.
        **settings: `slow_weights` of `Augmented`, and those of `keras.layers.Dense`;
            `activation` is applied to each term before the sum.

    Call arguments:
        inputs: float [batch, in].
        task_fast_kernel: float [in, units], one for all examples (W*), or None.
        example_fast_kernel: float [batch, in, units], one per example (W*_i), or
            None.

    Returns:
        float [batch, units]; in [0, inf) with ReLU. With the skip connection
        [batch, in + units].

    Raises:
        ValueError: if a setting is out of range or a fast kernel has another shape.
    """

    def __init__(
        self, *arguments: Any, skip_connection: bool = False, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self.skip_connection = skip_connection

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        shape = super().compute_output_shape(input_shape)
        if not self.skip_connection:
            return shape
        return (*shape[:-1], input_shape[-1] + shape[-1])

    def finish(self, inputs: tf.Tensor, activations: tf.Tensor) -> tf.Tensor:
        if not self.skip_connection:
            return activations
        parts = [tf.cast(part, tf.float32) for part in (inputs, activations)]
        both = tf.concat([tf.math.l2_normalize(part, axis=-1) for part in parts], -1)
        return tf.cast(both, activations.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "skip_connection": self.skip_connection}

    def slow_term(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.add_bias(tf.matmul(inputs, tf.cast(self.kernel, inputs.dtype)))

    def task_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        return tf.matmul(inputs, fast_kernel)

    def example_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        return tf.squeeze(tf.matmul(inputs[:, tf.newaxis], fast_kernel), axis=1)

    def kernel_gradients(self, inputs: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
        return inputs[:, :, tf.newaxis] * deltas[:, tf.newaxis, :]
