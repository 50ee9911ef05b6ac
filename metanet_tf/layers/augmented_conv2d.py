"""Two-dimensional convolution that adds fast weights to its slow weights."""

from collections.abc import Callable, Sequence
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
        task_patches: True applies W* too as patches times kernel matrix, which is
            slower for one task; but `tf.vectorized_map` can do it for many.
        data_format: channels_last alone.
        **kwargs: `slow_weights` of `Augmented`, and settings of `keras.layers.Conv2D`:
            `activation` is applied to each term before the sum; `groups`,
            `dilation_rate` and `strides` must be 1.

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
        *,
        task_patches: bool = False,
        data_format: str = "channels_last",  # whatever a user's default is
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, data_format=data_format, **kwargs)
        self.task_patches = task_patches
        self._check_settings()

    def slow_term(self, inputs: tf.Tensor) -> tf.Tensor:
        term = self.convolution_op(inputs, tf.cast(self.kernel, inputs.dtype))
        return self.add_bias(term)

    def task_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        if self.task_patches:
            return _products(self._padded(inputs), fast_kernel)
        return self.convolution_op(inputs, fast_kernel)

    def example_term(self, inputs: tf.Tensor, fast_kernel: tf.Tensor) -> tf.Tensor:
        return _convolve_each(self._padded(inputs), fast_kernel)

    def kernel_gradients(self, inputs: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
        return _kernel_gradients(self._padded(inputs), deltas)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "task_patches": self.task_patches}

    def _padded(self, inputs: tf.Tensor) -> tf.Tensor:
        return _pad(inputs, self.kernel_size) if self.padding == "same" else inputs

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


@tf.custom_gradient
def _convolve_each(
    inputs: tf.Tensor, kernels: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]:
    """Convolves example i with kernel i, without padding.

    The gradient by the inputs is a convolution with the kernels turned round, which
    is many times faster than adding up the gradients of overlapping patches.

    Args:
        inputs: float [batch, H, W, in].
        kernels: float [batch, kh, kw, in, out].

    Returns:
        float [batch, H - kh + 1, W - kw + 1, out].
    """

    def gradients(deltas: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        turned = tf.transpose(tf.reverse(kernels, axis=[1, 2]), [0, 1, 2, 4, 3])
        margin = [[size - 1, size - 1] for size in kernels.shape[1:3]]
        around = tf.pad(deltas, [[0, 0], *margin, [0, 0]])
        return _products(around, turned), _kernel_gradients(inputs, deltas)

    return _products(inputs, kernels), gradients


def _products(inputs: tf.Tensor, kernels: tf.Tensor) -> tf.Tensor:
    """Computes `_convolve_each` as products of patches and kernel matrices.

    Args:
        inputs: float [batch, H, W, in].
        kernels: float [batch, kh, kw, in, out], or [kh, kw, in, out] for all.
    """
    filters = kernels.shape[-1]
    patches, output_size = _patches(inputs, kernels.shape[-4:-2])
    each = [-1] * (kernels.shape.rank - 4)
    matrices = tf.reshape(kernels, [*each, patches.shape[-1], filters])
    return tf.reshape(tf.matmul(patches, matrices), [-1, *output_size, filters])


def _kernel_gradients(inputs: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
    """Gradient of each example's convolution with respect to its kernel.

    Args:
        inputs: float [batch, H, W, in].
        deltas: float [batch, H', W', out], gradient by the convolution's outputs.

    Returns:
        float [batch, H - H' + 1, W - W' + 1, in, out].
    """
    height, width, filters = deltas.shape[1:]
    kernel_size = inputs.shape[1] - height + 1, inputs.shape[2] - width + 1
    patches, _ = _patches(inputs, kernel_size)
    rows = tf.reshape(deltas, [-1, height * width, filters])
    gradients = tf.matmul(patches, rows, transpose_a=True)
    return tf.reshape(gradients, [-1, *kernel_size, inputs.shape[-1], filters])


def _patches(
    inputs: tf.Tensor, kernel_size: Sequence[int]
) -> tuple[tf.Tensor, tuple[int, int]]:
    """Cuts out what a kernel sees at each position.

    Returns:
        float [batch, H' * W', kh * kw * in], and (H', W').
    """
    kernel_height, kernel_width = kernel_size
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


def _pad(inputs: tf.Tensor, kernel_size: Sequence[int]) -> tf.Tensor:
    """Adds the border of zeros that keeps the size of an image."""
    borders = [[(size - 1) // 2, size // 2] for size in kernel_size]
    return tf.pad(inputs, [[0, 0], *borders, [0, 0]])
