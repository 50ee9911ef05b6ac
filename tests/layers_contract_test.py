"""Duties of every layer of the package, through one list."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.generators import ExampleWeightGenerator, TaskWeightGenerator
from metanet_tf.layers import (
    AugmentedConv2D,
    AugmentedDense,
    BatchNormalization,
    ClassifierHead,
    SymmetricHead,
)
from metanet_tf.learners import build_base_learner, build_representation_learner

SMALL = ModelConfig(filters=4, blocks=2, hidden_units=6, generator_units=3)


def _normal(*shape):
    return tf.random.stateless_normal(shape, seed=[len(shape), 2])


def _fast(kernel_shape, batch):
    """Kernels of W* and of W*_i."""
    return _normal(*kernel_shape), _normal(batch, *kernel_shape)


def _symmetric_inputs(batch):
    weights = tf.nn.softmax(_normal(batch, batch))
    labels = tf.range(batch) % 2
    return _normal(batch, 4), _normal(batch, 4, 2), weights, labels


# By name: a function that makes the layer, and one that makes its inputs for a batch.
AUGMENTED = {
    "dense": (
        lambda: AugmentedDense(3, activation="relu"),
        lambda batch: (_normal(batch, 4), *_fast((4, 3), batch)),
    ),
    "dense_fast_only": (
        lambda: AugmentedDense(3, slow_weights=False),
        lambda batch: (_normal(batch, 4), *_fast((4, 3), batch)),
    ),
    "dense_with_skip_connection": (
        lambda: AugmentedDense(3, skip_connection=True),
        lambda batch: (_normal(batch, 4), *_fast((4, 3), batch)),
    ),
    "conv": (
        lambda: AugmentedConv2D(3, 3, activation="relu", task_patches=True),
        lambda batch: (_normal(batch, 5, 6, 2), *_fast((3, 3, 2, 3), batch)),
    ),
    "conv_same": (
        lambda: AugmentedConv2D(3, (2, 3), padding="same"),
        lambda batch: (_normal(batch, 5, 6, 2), *_fast((2, 3, 2, 3), batch)),
    ),
    "head": (
        lambda: ClassifierHead(3, seed=5),
        lambda batch: (_normal(batch, 4), *_fast((4, 3), batch)),
    ),
}
LAYERS = AUGMENTED | {
    "symmetric_head": (
        lambda: SymmetricHead(dtype="float32"),
        lambda batch: (*_symmetric_inputs(batch), tf.constant(2)),
    ),
    "batch_normalization": (
        lambda: BatchNormalization(momentum=0.9),
        lambda batch: (_normal(batch, 4, 4, 2),),
    ),
    "u": (
        lambda: build_representation_learner(SMALL, (8, 8, 1), 3, itertools.count()),
        lambda batch: (_normal(batch, 8, 8, 1), (_normal(3, 3, 4, 4), _normal(16, 6))),
    ),
    "b": (
        lambda: build_base_learner(SMALL, (8, 8, 1), 3, itertools.count()),
        lambda batch: (
            _normal(batch, 8, 8, 1),
            (),
            (
                _normal(batch, 3, 3, 4, 4),
                _normal(batch, 16, 6),
                _normal(batch, 6, 3),
            ),
        ),
    ),
    "m": (
        lambda: ExampleWeightGenerator(SMALL, itertools.count()),
        lambda batch: ((_normal(batch, 4, 3), _normal(batch, 3, 2)),),
    ),
    "d": (
        lambda: TaskWeightGenerator(SMALL, itertools.count()),
        lambda batch: ((_normal(batch, 4, 3), _normal(batch, 3, 2)),),
    ),
}


def _each(layers):
    return pytest.mark.parametrize(
        ("make_layer", "make_inputs"), layers.values(), ids=layers.keys()
    )


contract = _each(LAYERS)
augmented_contract = _each(AUGMENTED)
# Those that are made with seeds for their weights.
seeded_contract = _each({name: LAYERS[name] for name in "ubmd"})


def _built(make_layer, make_inputs):
    """A layer whose slow weights are lively, biases too."""
    keras.utils.set_random_seed(0)
    layer = make_layer()
    layer(*make_inputs(2))
    for variable in layer.trainable_variables:
        variable.assign(variable + 0.1 * tf.random.normal(variable.shape))
    return layer


def _signature(make_inputs):
    """Shapes of the inputs, None where they differ with the batch."""

    def spec(one, other):
        pairs = zip(one.shape, other.shape, strict=True)
        return tf.TensorSpec([a if a == b else None for a, b in pairs], one.dtype)

    return tf.nest.map_structure(spec, make_inputs(2), make_inputs(5))


def _traced(layer, make_inputs):
    return tf.function(
        lambda *inputs: layer(*inputs), input_signature=_signature(make_inputs)
    )


def _assert_close(values, expected):
    pairs = zip(tf.nest.flatten(values), tf.nest.flatten(expected), strict=True)
    for value, other in pairs:
        np.testing.assert_allclose(value, other, rtol=1e-5, atol=1e-6)


@contract
def test_batch_size_may_be_unknown_to_a_tf_function(make_layer, make_inputs):
    layer = _built(make_layer, make_inputs)
    traced = _traced(layer, make_inputs)
    for batch in (1, 3):
        inputs = make_inputs(batch)
        _assert_close(traced(*inputs), layer(*inputs))


@contract
def test_config_round_trip_keeps_the_answer(make_layer, make_inputs):
    layer = _built(make_layer, make_inputs)
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    inputs = make_inputs(2)
    copy(*inputs)
    copy.set_weights(layer.get_weights())
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
    for one, other in zip(
        tf.nest.flatten(copy(*inputs)), tf.nest.flatten(layer(*inputs)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@seeded_contract
def test_config_holds_the_seeds_of_the_weights(make_layer, make_inputs):
    layer = make_layer()
    copy = type(layer).from_config(layer.get_config())
    for one in (layer, copy):
        one(*make_inputs(2))
    for one, other in zip(copy.get_weights(), layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@contract
def test_saved_model_round_trip_keeps_the_answer(make_layer, make_inputs, tmp_path):
    layer = _built(make_layer, make_inputs)
    module = tf.Module()
    module.layer, module.answer = layer, _traced(layer, make_inputs)
    tf.saved_model.save(module, str(tmp_path))
    inputs = make_inputs(2)
    loaded = tf.saved_model.load(str(tmp_path))
    _assert_close(loaded.answer(*inputs), layer(*inputs))


@contract
def test_gradients_reach_inputs_slow_and_fast_weights(make_layer, make_inputs):
    layer = _built(make_layer, make_inputs)
    inputs = make_inputs(2)
    sources = [x for x in tf.nest.flatten(inputs) if x.dtype.is_floating]
    if getattr(layer, "slow_weights", True):
        sources += [weight.value for weight in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        outputs = tf.nest.flatten(layer(*inputs))
        loss = functools.reduce(tf.add, (tf.reduce_sum(x**2) for x in outputs))
    for gradient in tape.gradient(loss, sources):
        assert np.all(np.isfinite(gradient))
        assert np.any(gradient)


@augmented_contract
def test_kernel_gradients_are_those_of_each_example_alone(make_layer, make_inputs):
    layer = _built(make_layer, make_inputs)
    inputs = make_inputs(2)[0]
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


@augmented_contract
def test_fast_kernel_of_another_shape_is_refused(make_layer, make_inputs):
    layer = _built(make_layer, make_inputs)
    inputs = make_inputs(2)[0]
    with pytest.raises(ValueError, match="`task_fast_kernel` of layer .* must have"):
        layer(inputs, tf.zeros([9, *layer.kernel.shape[1:]]))
    with pytest.raises(ValueError, match="`example_fast_kernel` of layer .* must"):
        layer(inputs, None, tf.zeros(layer.kernel.shape))
