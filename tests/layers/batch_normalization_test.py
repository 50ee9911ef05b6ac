import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.layers import BatchNormalization

IMAGES = tf.random.stateless_normal([5, 6, 4, 3], [1, 2], mean=2.0, stddev=3.0)
NUM_VALUES = 5 * 6 * 4  # per channel


def _layers(**settings):
    fused = BatchNormalization(momentum=0.9, **settings)
    plain = keras.layers.BatchNormalization(momentum=0.9, **settings)
    for layer in (fused, plain):
        layer.build(IMAGES.shape)
        layer.gamma.assign([0.5, 2.0, 1.0])
        layer.beta.assign([1.0, -1.0, 0.0])
    return fused, plain


def _outputs_and_gradients(layer, training):
    with tf.GradientTape() as tape:
        tape.watch(IMAGES)
        outputs = layer(IMAGES, training=training)
        loss = tf.reduce_sum(tf.square(outputs) * tf.sin(IMAGES))
    return outputs, tape.gradient(loss, [IMAGES, layer.gamma.value, layer.beta.value])


@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_gradients_are_those_of_keras(training):
    (ours, our_gradients), (expected, gradients) = (
        _outputs_and_gradients(layer, training) for layer in _layers()
    )
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    for mine, other in zip(our_gradients, gradients, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-3)


def test_moving_statistics_are_those_of_keras_but_the_variance_is_unbiased():
    fused, plain = _layers()
    for layer in (fused, plain):
        layer(IMAGES, training=True)
    np.testing.assert_allclose(fused.moving_mean, plain.moving_mean, rtol=1e-5)
    of_batch = (np.asarray(plain.moving_variance) - 0.9) * NUM_VALUES / (NUM_VALUES - 1)
    np.testing.assert_allclose(fused.moving_variance, 0.9 + of_batch, rtol=1e-5)


def test_statistics_are_in_float32_with_images_in_bfloat16():
    (half, _), (full, _) = _layers(dtype="mixed_bfloat16"), _layers()
    outputs = half(IMAGES, training=True)
    assert outputs.dtype == tf.bfloat16
    np.testing.assert_allclose(
        tf.cast(outputs, tf.float32), full(IMAGES, training=True), atol=0.05
    )
    assert half.moving_mean.dtype == "float32"
