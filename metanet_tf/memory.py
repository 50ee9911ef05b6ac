"""The memory of a task: one row per support example, read by cosine attention."""

import tensorflow as tf

from metanet_tf.learners import FastWeights


def attend(
    memory_keys: tf.Tensor, query_embeddings: tf.Tensor, sharpness: float = 1.0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Compares each query with each key by their cosine (Eq. 8, 9).

    Args:
        memory_keys: R, float [N, embedding].
        query_embeddings: r_i, float [L, embedding].
        sharpness: factor on the cosines; the paper has 1.

    Returns:
        attention_scores, the cosines, float32 [L, N] in [-1, 1]; and their softmax,
        attention_weights, float32 [L, N], whose rows sum to 1.
    """
    keys = tf.nn.l2_normalize(tf.cast(memory_keys, tf.float32), axis=-1)
    queries = tf.nn.l2_normalize(tf.cast(query_embeddings, tf.float32), axis=-1)
    attention_scores = tf.matmul(queries, keys, transpose_b=True)
    return attention_scores, tf.nn.softmax(sharpness * attention_scores)


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
