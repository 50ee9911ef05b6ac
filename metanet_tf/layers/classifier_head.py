"""Output layer whose number of classes may differ from call to call."""

from typing import Any

import keras
import tensorflow as tf

from metanet_tf.layers.augmented_dense import AugmentedDense


@keras.saving.register_keras_serializable(package="metanet_tf")
class ClassifierHead(AugmentedDense):
    """Returns logits of `n_way` classes; trained for `units` of them.

    For another number of ways a new layer is inserted: its slow weights are random
    and stay fixed, and the generated fast weights make it work.

    Source: section 4.2.1.

    Args:
        units: number of classes whose slow weights are trained, integer >= 1.
        seed: of the fixed random slow weights, integer.
        scale: the fixed weights lie in [-scale, scale).
        **kwargs: settings of `AugmentedDense`; the activation stays linear, since
            logits are summed before the softmax.

    Call arguments:
        inputs: float [batch, in].
        task_fast_kernel: float [in, n_way] (W*), or None.
        example_fast_kernel: float [batch, in, n_way] (W*_i), or None.
        n_way: number of classes, int or int32 scalar tensor; `units` if None.

    Returns:
        logits, float [batch, n_way].
    """

    def __init__(
        self,
        units: int,
        seed: int = 0,
        scale: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, **kwargs)
        self.seed = seed
        self.scale = scale

    def call(
        self,
        inputs: tf.Tensor,
        task_fast_kernel: tf.Tensor | None = None,
        example_fast_kernel: tf.Tensor | None = None,
        n_way: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        return self.add_terms(
            self.slow_term(inputs, n_way),
            inputs,
            task_fast_kernel,
            example_fast_kernel,
        )

    def slow_term(
        self, inputs: tf.Tensor, n_way: int | tf.Tensor | None = None
    ) -> tf.Tensor:
        if n_way is None or tf.get_static_value(n_way) == self.units:
            return super().slow_term(inputs)
        if tf.get_static_value(n_way) is not None:
            return tf.matmul(inputs, self._other_kernel(n_way))
        return tf.cond(
            n_way == self.units,
            lambda: super(ClassifierHead, self).slow_term(inputs),
            lambda: tf.matmul(inputs, self._other_kernel(n_way)),
        )

    @property
    def kernel_shape(self) -> tuple[int | None, ...]:
        """Shape of one kernel of fast weights, at any number of classes."""
        return (self.kernel.shape[0], None)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed, "scale": self.scale}

    def _other_kernel(self, n_way: int | tf.Tensor) -> tf.Tensor:
        kernel = tf.random.stateless_uniform(
            [self.kernel.shape[0], n_way],
            seed=[self.seed, n_way],
            minval=-self.scale,
            maxval=self.scale,
            alg="philox",
        )
        return tf.cast(kernel, self.compute_dtype)
