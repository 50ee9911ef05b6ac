"""What every layer of the package must do, through one list."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.layers import AugmentedConv2D, AugmentedDense, ClassifierHead

# Name, a function that makes the layer, and the shape of one input.
LAYERS = [
    ("dense", lambda: AugmentedDense(3, activation="relu"), (4,)),
    ("dense_fast_only", lambda: AugmentedDense(3, slow_weights=False), (4,)),
    ("conv", lambda: AugmentedConv2D(3, 3, activation="relu"), (5, 6, 2)),
    ("conv_same", lambda: AugmentedConv2D(3, (2, 3), padding="same"), (5, 6, 2)),
    ("head", lambda: ClassifierHead(3, seed=5), (4,)),
]
contract = pytest.mark.parametrize(
    ("make_layer", "shape"),
    [(make_layer, shape) for _, make_layer, shape in LAYERS],
    ids=[name for name, _, _ in LAYERS],
)


def _built(make_layer, shape):
    keras.utils.set_random_seed(0)
    layer = make_layer()
    layer.build((None, *shape))
    layer.bias.assign(tf.random.normal(layer.bias.shape))
    return layer


def _inputs(shape, batch=2):
    return tf.random.stateless_normal([batch, *shape], seed=[1, 2])


def _fast_kernels(layer, batch=2):
    task = tf.random.stateless_normal(layer.kernel.shape, seed=[3, 4])
    example = tf.random.stateless_normal([batch, *layer.kernel.shape], seed=[5, 6])
    return task, example


@contract
def test_batch_size_may_be_unknown_to_a_tf_function(make_layer, shape):
    layer = _built(make_layer, shape)
    kernel_shape = layer.kernel.shape

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, *shape]),
            tf.TensorSpec(kernel_shape),
            tf.TensorSpec([None, *kernel_shape]),
        ]
    )
    def apply(inputs, task, example):
        return layer(inputs, task, example)

    for batch in (1, 3):
        inputs, fast = _inputs(shape, batch), _fast_kernels(layer, batch)
        np.testing.assert_allclose(apply(inputs, *fast), layer(inputs, *fast), 1e-5)


@contract
def test_config_round_trip_keeps_the_answer(make_layer, shape):
    layer = _built(make_layer, shape)
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    copy.set_weights(layer.get_weights())
    inputs, fast = _inputs(shape), _fast_kernels(layer)
    assert type(copy) is type(layer)
    np.testing.assert_array_equal(copy(inputs, *fast), layer(inputs, *fast))


@contract
def test_saved_model_round_trip_keeps_the_answer(make_layer, shape, tmp_path):
    layer = _built(make_layer, shape)
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.export(str(tmp_path), verbose=False)
    images = _inputs(shape)
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded.serve(images), model(images), 1e-6)


@contract
def test_gradients_reach_inputs_slow_and_fast_weights(make_layer, shape):
    layer = _built(make_layer, shape)
    inputs, fast = _inputs(shape), _fast_kernels(layer)
    sources = [inputs, *fast]
    if layer.slow_weights:
        sources += [weight.value for weight in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        loss = tf.reduce_sum(tf.square(layer(inputs, *fast)))
    for gradient in tape.gradient(loss, sources):
        assert np.all(np.isfinite(gradient))
        assert np.any(gradient)


@contract
def test_kernel_gradients_are_those_of_each_example_alone(make_layer, shape):
    layer = _built(make_layer, shape)
    inputs = _inputs(shape)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        term = layer.slow_term(inputs)
        losses = tf.reduce_sum(tf.math.sin(term), axis=range(1, len(term.shape)))
    gradients = layer.kernel_gradients(inputs, tape.gradient(losses, term))
    for index in range(2):
        with tf.GradientTape() as tape:
            term = layer.slow_term(inputs[index : index + 1])
            loss = tf.reduce_sum(tf.math.sin(term))
        expected = tape.gradient(loss, layer.kernel.value)
        np.testing.assert_allclose(gradients[index], expected, atol=1e-5)


@contract
def test_fast_kernel_of_another_shape_is_refused(make_layer, shape):
    layer = _built(make_layer, shape)
    with pytest.raises(ValueError, match="`task_fast_kernel` of layer .* must have"):
        layer(_inputs(shape), tf.zeros([9, *layer.kernel.shape[1:]]))
    with pytest.raises(ValueError, match="`example_fast_kernel` of layer .* must"):
        layer(_inputs(shape), None, tf.zeros(layer.kernel.shape))
