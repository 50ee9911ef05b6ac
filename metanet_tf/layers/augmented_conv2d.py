"""Two-dimensional convolution that adds fast weights to its slow weights."""

from typing import Any

import keras
import tensorflow as tf

from metanet_tf.layers.augmentation import Augmented


@keras.saving.register_keras_serializable(package="metanet_tf")
class AugmentedConv2D(Augmented, keras.layers.Conv2D):
    """Returns act(x * W + b) + act(x * W*) + act(x * W*_i), * being convolution.

    `keras.layers.Conv2D` without fast weights. A kernel per example is applied as
    patches times kernel matrix, since no convolution takes a kernel per example.

    Source: section 3.3, figure 2.

    Args:
        filters: output channels, integer >= 1.
        kernel_size: height and width of the kernel, pixels.
        activation: applied to each term before the sum.
        slow_weights: whether the first term stays when fast weights are given.
        **kwargs: settings of `keras.layers.Conv2D`; `data_format` channels_last,
            and `groups`, `dilation_rate` and `strides` of 1 alone.

    Call arguments:
        inputs: float [batch, H, W, in]; H and W must be known where there is a
            kernel per example.
        task_fast_kernel: float [kh, kw, in, filters], one for all examples (W*), or
            None.
        example_fast_kernel: float [batch, kh, kw, in, filters], one per example
            (W*_i), or None.

    Returns:
        float [batch, H', W', filters]; in [0, inf) with ReLU.

    Raises:
        ValueError: if a setting is not supported or a fast kernel has another shape.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        activation: Any = None,
        slow_weights: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, activation=activation, **kwargs)
        self.slow_weights = slow_weights
        self._check_settings()

    def call(
        self,
        inputs: tf.Tensor,
        task_fast_kernel: tf.Tensor | None = None,
        example_fast_kernel: tf.Tensor | None = None,
    ) -> tf.Tensor:
        return self.add_terms(
            self.slow_term(inputs), inputs, task_fast_kernel, example_fast_kernel
        )

    def slow_term(self, inputs: tf.Tensor) -> tf.Tensor:
        term = self.convolution_op(inputs, self.kernel)
        return term if self.bias is None else term + self.bias

    def task_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        return self.convolution_op(inputs, fast_kernel)

    def example_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        patches, output_size = self._patches(inputs)
        term = tf.matmul(patches, self._as_matrices(fast_kernel))
        return tf.reshape(term, [-1, *output_size, self.filters])

    def kernel_gradients(self, inputs: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
        patches, output_size = self._patches(inputs)
        deltas = tf.reshape(deltas, [-1, output_size[0] * output_size[1], self.filters])
        gradients = tf.matmul(patches, deltas, transpose_a=True)
        return tf.reshape(gradients, [-1, *self.kernel.shape])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slow_weights": self.slow_weights}

    def _patches(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tuple[int, int]]:
        """Cuts out what the kernel sees at each position.

        Slices rather than `tf.image.extract_patches`, whose gradient is a slow
        sparse product.

        Returns:
            float [batch, H' * W', kh * kw * in], and (H', W').
        """
        kernel_height, kernel_width = self.kernel_size
        if self.padding == "same":
            top, left = (kernel_height - 1) // 2, (kernel_width - 1) // 2
            bottom, right = kernel_height - 1 - top, kernel_width - 1 - left
            inputs = tf.pad(inputs, [[0, 0], [top, bottom], [left, right], [0, 0]])
        height = inputs.shape[1] - kernel_height + 1
        width = inputs.shape[2] - kernel_width + 1
        shifted = [
            inputs[:, row : row + height, column : column + width]
            for row in range(kernel_height)
            for column in range(kernel_width)
        ]
        size = kernel_height * kernel_width * inputs.shape[3]
        patches = tf.reshape(tf.concat(shifted, axis=-1), [-1, height * width, size])
        return patches, (height, width)

    def _as_matrices(self, fast_kernel: tf.Tensor) -> tf.Tensor:
        kernel_height, kernel_width, channels, filters = self.kernel.shape
        return tf.reshape(
            fast_kernel, [-1, kernel_height * kernel_width * channels, filters]
        )

    def _check_settings(self) -> None:
        required = {
            "data_format": "channels_last",
            "groups": 1,
            "strides": (1, 1),
            "dilation_rate": (1, 1),
        }
        for name, value in required.items():
            if getattr(self, name) != value:
                raise ValueError(
                    f"`{name}` of AugmentedConv2D must be {value}. "
                    f"Received: {getattr(self, name)}. Use keras.layers.Conv2D, or "
                    "a pooling layer for strides."
                )
