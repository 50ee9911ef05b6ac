import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.layers import AugmentedDense


@pytest.fixture
def layer():
    """relu(x W) with W = [[1, -1], [0, 2]] and no bias."""
    layer = AugmentedDense(2, activation="relu")
    layer.build((None, 2))
    layer.set_weights([np.array([[1.0, -1.0], [0.0, 2.0]]), np.zeros(2)])
    return layer


def test_each_term_passes_the_activation_before_the_sum(layer):
    inputs = tf.constant([[1.0, 0.0]])
    # Slow: relu(1, -1) = (1, 0). Task: relu(-3, 4) = (0, 4). Example: relu(5, -6).
    task = tf.constant([[-3.0, 4.0], [0.0, 0.0]])
    example = tf.constant([[[5.0, -6.0], [0.0, 0.0]]])
    np.testing.assert_array_equal(layer(inputs, task), [[1.0, 4.0]])
    np.testing.assert_array_equal(layer(inputs, None, example), [[6.0, 0.0]])
    np.testing.assert_array_equal(layer(inputs, task, example), [[6.0, 4.0]])


def test_every_example_has_its_own_kernel(layer):
    inputs = tf.constant([[1.0, 0.0], [1.0, 0.0]])
    example = tf.constant([[[1.0, 2.0], [9.0, 9.0]], [[3.0, 4.0], [9.0, 9.0]]])
    np.testing.assert_array_equal(layer(inputs, None, example), [[2, 2], [4, 4]])


def _pair(activation):
    """A layer and Keras' own with the same weights, and inputs for both."""
    inputs = tf.random.stateless_normal([4, 3], seed=[0, 1])
    layer = AugmentedDense(5, activation=activation)
    peer = keras.layers.Dense(5, activation=activation)
    layer(inputs), peer(inputs)
    peer.set_weights(layer.get_weights())
    return layer, peer, inputs


def test_without_fast_weights_it_equals_keras_dense():
    layer, peer, inputs = _pair("tanh")
    np.testing.assert_allclose(layer(inputs), peer(inputs), 1e-6)


def test_with_zero_fast_weights_it_equals_keras_dense():
    layer, peer, inputs = _pair("relu")
    outputs = layer(inputs, tf.zeros([3, 5]), tf.zeros([4, 3, 5]))
    np.testing.assert_allclose(outputs, peer(inputs), 1e-6)


def test_slow_term_is_left_out_on_request_only_beside_fast_weights():
    layer = AugmentedDense(2, slow_weights=False)
    inputs = tf.ones([1, 3])
    assert np.any(layer(inputs))
    np.testing.assert_array_equal(layer(inputs, tf.ones([3, 2])), [[3.0, 3.0]])


def test_it_trains_in_a_model_of_anyones():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([AugmentedDense(8, activation="relu"), AugmentedDense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    inputs = np.random.default_rng(0).normal(size=(64, 3))
    history = model.fit(inputs, inputs.sum(axis=1), epochs=20, verbose=0)
    assert history.history["loss"][-1] < 0.1 * history.history["loss"][0]
