"""The memory of a task: one row per support example, read by cosine attention."""

import tensorflow as tf

from metanet_tf.learners import FastWeights


def score(memory_keys: tf.Tensor, query_embeddings: tf.Tensor) -> tf.Tensor:
    """Returns the cosine of each query to each key: a_i (Eq. 8).

    Args:
        memory_keys: R, float [N, embedding].
        query_embeddings: r_i, float [L, embedding].

    Returns:
        attention_scores, float32 [L, N] in [-1, 1].
    """
    keys = tf.nn.l2_normalize(tf.cast(memory_keys, tf.float32), axis=-1)
    queries = tf.nn.l2_normalize(tf.cast(query_embeddings, tf.float32), axis=-1)
    return tf.matmul(queries, keys, transpose_b=True)


def attend(
    attention_scores: tf.Tensor, support_labels: tf.Tensor, sharpness: float = 1.0
) -> tf.Tensor:
    """Shares the attention of each query out among the rows: softmax(a_i) (Eq. 9).

    A class has the same chance whether it has one example or two hundred: each row's
    score is lowered by the logarithm of the number of its class. Where all classes
    have as many examples, as in the paper, this changes nothing.

    Args:
        attention_scores: a_i, float32 [L, N].
        support_labels: classes of the rows, int32 [N], >= 0.
        sharpness: factor on the cosines; the paper has 1.

    Returns:
        attention_weights, float32 [L, N]; rows sum to 1.

    Source: BUILD_NOTES.md, "Classes of different size".
    """
    is_same_class = support_labels[:, tf.newaxis] == support_labels
    class_sizes = tf.reduce_sum(tf.cast(is_same_class, tf.float32), axis=1)
    return tf.nn.softmax(sharpness * attention_scores - tf.math.log(class_sizes))


def read(memory_values: FastWeights, attention_weights: tf.Tensor) -> FastWeights:
    """Mixes the rows of M for each query: W*_i = softmax(a_i)ᵀ M (Eq. 9).

    Args:
        memory_values: M, one float [N, *kernel shape] per augmented layer.
        attention_weights: float [L, N].

    Returns:
        example_fast_weights, one float [L, *kernel shape] per augmented layer.
    """
    return [
        tf.tensordot(tf.cast(attention_weights, value.dtype), value, axes=1)
        for value in memory_values
    ]


def attention_class_probabilities(
    attention_weights: tf.Tensor,
    support_labels: tf.Tensor,
    n_way: int | tf.Tensor,
) -> tf.Tensor:
    """Attention that each class's examples receive, float32 [L, n_way].

    What the memory alone would answer, without b.

    Args:
        attention_weights: float32 [L, N].
        support_labels: int32 [N] in [0, n_way).
        n_way: number of classes.
    """
    return tf.matmul(attention_weights, tf.one_hot(support_labels, n_way))
