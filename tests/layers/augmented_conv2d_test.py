import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.layers import AugmentedConv2D

PADDINGS = pytest.mark.parametrize("padding", ["same", "valid"])


def _pair(padding, kernel_size=(3, 2)):
    """A layer and Keras' own with the same weights, and inputs for both."""
    inputs = tf.random.stateless_normal([2, 5, 6, 3], seed=[0, 1])
    settings = {"activation": "relu", "padding": padding}
    layer = AugmentedConv2D(4, kernel_size, **settings)
    peer = keras.layers.Conv2D(4, kernel_size, **settings)
    layer(inputs), peer(inputs)
    peer.set_weights(layer.get_weights())
    return layer, peer, inputs


@PADDINGS
def test_without_fast_weights_it_equals_keras_conv2d(padding):
    layer, peer, inputs = _pair(padding)
    np.testing.assert_allclose(layer(inputs), peer(inputs), 1e-5)


@PADDINGS
def test_with_zero_fast_weights_it_equals_keras_conv2d(padding):
    layer, peer, inputs = _pair(padding)
    zeros = tf.zeros_like(layer.kernel)
    outputs = layer(inputs, zeros, tf.stack([zeros, zeros]))
    np.testing.assert_allclose(outputs, peer(inputs), 1e-5)


@PADDINGS
def test_a_kernel_per_example_equals_one_convolution_per_example(padding):
    layer, _, inputs = _pair(padding)
    kernels = tf.random.stateless_normal([2, *layer.kernel.shape], seed=[2, 3])
    outputs = layer.example_term(inputs, kernels)
    for index in range(2):
        expected = tf.nn.conv2d(
            inputs[index : index + 1], kernels[index], 1, padding.upper()
        )
        np.testing.assert_allclose(outputs[index], expected[0], atol=1e-5)


def test_each_term_passes_the_activation_before_the_sum():
    layer = AugmentedConv2D(1, 1, activation="relu", use_bias=False)
    layer.build((None, 1, 1, 1))
    layer.set_weights([np.full([1, 1, 1, 1], 2.0)])
    inputs = tf.ones([1, 1, 1, 1])
    outputs = layer(inputs, tf.fill([1, 1, 1, 1], -5.0), tf.fill([1, 1, 1, 1, 1], 3.0))
    assert float(tf.squeeze(outputs)) == 5.0


@pytest.mark.parametrize(
    "setting",
    [{"strides": 2}, {"groups": 2}, {"dilation_rate": 2}],
    ids=lambda setting: next(iter(setting)),
)
def test_what_patches_cannot_do_is_refused(setting):
    name = next(iter(setting))
    with pytest.raises(ValueError, match=f"`{name}` of AugmentedConv2D must be"):
        AugmentedConv2D(2, 3, **setting)
