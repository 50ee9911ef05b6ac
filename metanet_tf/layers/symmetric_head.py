"""Softmax layer that treats all classes alike, however many there are."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="metanet_tf")
class SymmetricHead(keras.layers.Layer):
    """Returns logits from fast weights alone; its slow weights are zero.

    Labels are drawn anew for every task, so no class can deserve slow weights of its
    own, and a column that all classes share moves all logits alike. Without fast
    weights every class is as probable as any other, 1 / `columns`. The gradient of
    example i's loss is then (1 / columns - 1) h_i in the column of its own class and
    h_i / columns in every other one. These two columns stand for the whole kernel,
    which would have one column per class: exactly, at any number of ways.

    Source: sections 3.3 and 4.2.1; BUILD_NOTES.md, "A head that is alike for all
    classes".

    Call arguments:
        hidden: h of the queries, float [L, in].
        fast_columns: what m made of `gradient_columns`, float [N, in, 2].
        attention_weights: float32 [L, N].
        support_labels: int32 [N] in [0, n_way).
        n_way: number of classes, int or int32 scalar tensor.

    Returns:
        logits, float32 [L, n_way]: h W*_i with W*_i = softmax(a_i)ᵀ M (Eq. 9, 12).
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.kernel_shape = (input_shape[-1], 2)  # Of an example's fast weights.
        self.built = True

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (input_shape[0], None)

    def gradient_columns(
        self, hidden: tf.Tensor, columns: int | tf.Tensor
    ) -> tf.Tensor:
        """Gradient of each example's cross-entropy by the kernel (Eq. 10, 11).

        Args:
            hidden: h_i, float [N, in].
            columns: classes that the softmax is taken over, int or int32 scalar.

        Returns:
            float [N, in, 2]: the column of any other class, and of the example's own.
        """
        probability = 1.0 / tf.cast(columns, hidden.dtype)
        return tf.stack([probability * hidden, (probability - 1.0) * hidden], axis=-1)

    def call(
        self,
        hidden: tf.Tensor,
        fast_columns: tf.Tensor,
        attention_weights: tf.Tensor,
        support_labels: tf.Tensor,
        n_way: int | tf.Tensor,
    ) -> tf.Tensor:
        of_others, of_own = tf.unstack(fast_columns, axis=-1)
        everywhere = attention_weights * tf.matmul(hidden, of_others, transpose_b=True)
        votes = attention_weights * tf.matmul(
            hidden, of_own - of_others, transpose_b=True
        )
        # A product with a one-hot matrix sums the votes of each class's examples.
        by_class = tf.matmul(votes, tf.one_hot(support_labels, n_way))
        return by_class + tf.reduce_sum(everywhere, axis=-1, keepdims=True)
