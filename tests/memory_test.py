import numpy as np
import tensorflow as tf

from metanet_tf import memory

KEYS = tf.constant([[1.0, 0.0], [0.0, 2.0]])


def test_scores_are_cosines_whatever_the_lengths():
    queries = tf.constant([[10.0, 0.0], [0.3, 0.3]])
    _, weights = memory.attend(KEYS, queries)
    expected = [[np.e / (np.e + 1), 1 / (np.e + 1)], [0.5, 0.5]]
    np.testing.assert_allclose(weights, expected, 1e-5)


def test_query_equal_to_a_key_reads_mostly_that_row():
    _, weights = memory.attend(KEYS, KEYS, sharpness=20.0)
    (values,) = memory.read([tf.constant([[[7.0]], [[-3.0]]])], weights)
    np.testing.assert_allclose(tf.reshape(values, [-1]), [7.0, -3.0], atol=1e-5)


def test_rows_are_mixed_by_attention_layer_by_layer():
    weights = tf.constant([[0.25, 0.75]])
    dense, convolution = memory.read(
        [tf.constant([[[4.0]], [[8.0]]]), tf.ones([2, 3, 3, 1, 2])], weights
    )
    np.testing.assert_array_equal(dense, [[[7.0]]])
    np.testing.assert_array_equal(convolution, tf.ones([1, 3, 3, 1, 2]))


def test_an_embedding_of_zeros_attends_evenly():
    _, weights = memory.attend(KEYS, tf.zeros([1, 2]))
    np.testing.assert_allclose(weights, [[0.5, 0.5]])


def test_class_probabilities_sum_the_examples_of_a_class():
    weights = tf.constant([[0.1, 0.2, 0.7]])
    labels = tf.constant([1, 0, 1])
    probabilities = memory.attention_class_probabilities(weights, labels, 3)
    np.testing.assert_allclose(probabilities, [[0.2, 0.8, 0.0]], 1e-6)
