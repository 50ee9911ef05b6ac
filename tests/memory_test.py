import hypothesis
import numpy as np
import tensorflow as tf
from hypothesis import strategies

from metanet_tf import memory

LABELS = tf.constant([0, 1])
KEYS = tf.constant([[1.0, 0.0], [0.0, 2.0]])


def test_scores_are_cosines_whatever_the_lengths():
    queries = tf.constant([[10.0, 0.0], [0.3, 0.3]])
    scores = memory.score(KEYS, queries)
    np.testing.assert_allclose(scores, [[1, 0], [np.sqrt(0.5)] * 2], 1e-5)
    weights = memory.attend(scores, LABELS)
    expected = [[np.e / (np.e + 1), 1 / (np.e + 1)], [0.5, 0.5]]
    np.testing.assert_allclose(weights, expected, 1e-5)


def test_query_equal_to_a_key_reads_mostly_that_row():
    weights = memory.attend(memory.score(KEYS, KEYS), LABELS, sharpness=20.0)
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
    weights = memory.attend(memory.score(KEYS, tf.zeros([1, 2])), LABELS)
    np.testing.assert_allclose(weights, [[0.5, 0.5]])


def test_class_probabilities_sum_the_examples_of_a_class():
    weights = tf.constant([[0.1, 0.2, 0.7]])
    labels = tf.constant([1, 0, 1])
    probabilities = memory.attention_class_probabilities(weights, labels, 3)
    np.testing.assert_allclose(probabilities, [[0.2, 0.8, 0.0]], 1e-6)


def test_a_class_of_one_example_has_the_chance_of_a_class_of_two_hundred():
    labels = tf.constant([0] + [1] * 200)
    scores = tf.zeros([1, 201])
    weights = memory.attend(scores, labels)
    probabilities = memory.attention_class_probabilities(weights, labels, 2)
    np.testing.assert_allclose(probabilities, [[0.5, 0.5]], 1e-5)


def test_classes_of_one_size_are_attended_by_the_cosines_alone():
    scores = tf.constant([[0.9, 0.1, -0.5, 0.3]])
    weights = memory.attend(scores, tf.constant([0, 1, 1, 0]), sharpness=3.0)
    np.testing.assert_allclose(weights, tf.nn.softmax(3.0 * scores), 1e-6)


@hypothesis.given(
    strategies.lists(strategies.integers(0, 3), min_size=1, max_size=12),
    strategies.integers(0, 99),
)
def test_at_sharpness_zero_the_mean_of_the_classes_means_is_read(labels, seed):
    scores = tf.random.stateless_uniform([3, len(labels)], [seed, 0], -1.0, 1.0)
    values = tf.random.stateless_normal([len(labels), 2, 2], [seed, 1])
    weights = memory.attend(scores, tf.constant(labels), sharpness=0.0)
    (read,) = memory.read([values], weights)
    means = [
        np.mean(values.numpy()[np.array(labels) == label], axis=0)
        for label in set(labels)
    ]
    for row in read.numpy():
        np.testing.assert_allclose(row, np.mean(means, axis=0), atol=1e-5)
