import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.layers import ClassifierHead


@pytest.fixture
def layer():
    layer = ClassifierHead(3, seed=7, scale=0.5, bias_initializer="ones")
    layer.build((None, 4))
    return layer


def test_the_trained_number_of_ways_uses_the_trained_weights(layer):
    inputs = tf.ones([1, 4])
    expected = np.sum(layer.kernel, axis=0, keepdims=True) + 1
    for n_way in (None, 3, tf.constant(3)):
        np.testing.assert_allclose(layer(inputs, n_way=n_way), expected, 1e-6)


def test_another_number_of_ways_uses_fixed_random_weights(layer):
    inputs = tf.eye(4)
    kernel = layer(inputs, n_way=6)
    assert kernel.shape == [4, 6]
    assert np.ptp(kernel) > 0.5
    assert np.all(np.abs(kernel) < 0.5)
    layer.kernel.assign(tf.zeros_like(layer.kernel))
    np.testing.assert_array_equal(layer(inputs, n_way=6), kernel)


def test_a_number_of_ways_known_only_at_run_time_gives_the_same(layer):
    @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
    def logits(n_way):
        return layer(tf.eye(4), n_way=n_way)

    for n_way in (2, 3, 6):
        expected = layer(tf.eye(4), n_way=n_way)
        np.testing.assert_allclose(logits(n_way), expected, 1e-6)


def test_fast_weights_are_added_for_another_number_of_ways(layer):
    inputs, fast = tf.ones([1, 4]), tf.ones([4, 6])
    expected = layer(inputs, n_way=6) + 4
    np.testing.assert_allclose(layer(inputs, fast, n_way=6), expected, 1e-6)
