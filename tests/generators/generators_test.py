import itertools
import math

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from metanet_tf.config import ModelConfig
from metanet_tf.generators import ExampleWeightGenerator, TaskWeightGenerator
from metanet_tf.meta_information import preprocess_gradients


def _made(generator):
    """The generator as a function of one gradient."""
    generator.build()
    return lambda gradients: generator([gradients])[0]


def _m(**settings):
    return _made(ExampleWeightGenerator(ModelConfig(**settings), itertools.count()))


def _d(**settings):
    return _made(TaskWeightGenerator(ModelConfig(**settings), itertools.count()))


GRADIENTS = tf.random.stateless_normal([4, 3, 2], seed=[0, 1])


def test_m_keeps_the_shape_and_d_drops_the_first_axis():
    assert _m()(GRADIENTS).shape == (4, 3, 2)
    assert _d()(GRADIENTS).shape == (3, 2)


def test_m_sees_one_coordinate_at_a_time():
    generator = _m()
    changed = tf.tensor_scatter_nd_update(GRADIENTS, [[1, 2, 0]], [9.0])
    difference = generator(GRADIENTS) != generator(changed)
    np.testing.assert_array_equal(np.argwhere(difference), [[1, 2, 0]])


def test_d_sees_one_coordinate_at_a_time():
    generator = _d()
    changed = tf.tensor_scatter_nd_update(GRADIENTS, [[1, 2, 0]], [9.0])
    difference = np.abs(generator(GRADIENTS) - generator(changed)) > 1e-6
    np.testing.assert_array_equal(np.argwhere(difference), [[2, 0]])


def test_d_reads_all_gradients_in_turn():
    generator = _d()
    for index in range(4):
        changed = tf.tensor_scatter_nd_add(
            GRADIENTS, [[index]], [tf.ones(GRADIENTS.shape[1:])]
        )
        assert np.any(np.abs(generator(GRADIENTS) - generator(changed)) > 1e-6)


@pytest.mark.parametrize("make", [_m, _d])
def test_output_scale_shrinks_the_first_fast_weights_in_proportion(make):
    large, small = make()(GRADIENTS), make(generator_output_scale=0.02)(GRADIENTS)
    np.testing.assert_allclose(small, 0.02 * large, rtol=1e-4)


@pytest.mark.parametrize("make", [_m, _d])
def test_number_of_gradients_may_be_unknown(make):
    generator = make()
    traced = tf.function(
        lambda gradients: generator(gradients),
        input_signature=[tf.TensorSpec([None, 3, 2])],
    )
    for count in (1, 4):
        np.testing.assert_allclose(
            traced(GRADIENTS[:count]), generator(GRADIENTS[:count]), atol=1e-6
        )


@pytest.mark.parametrize("make", [_m, _d])
def test_a_zero_preserving_generator_makes_no_fast_weight_of_no_gradient(make):
    gradients = GRADIENTS * [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    preserving, plain = make(), make(zero_preserving_generators=False)
    zero = tf.reshape(preserving(gradients), [-1, 3, 2])[0].numpy() == 0
    np.testing.assert_array_equal(zero, [[1, 0], [0, 0], [0, 1]])
    offset = (plain(gradients) - preserving(gradients)).numpy()
    assert abs(offset.mean()) > 1e-4
    assert np.ptp(offset) < 1e-6


def _plain_m(generator, gradients):
    outputs = preprocess_gradients(tf.reshape(gradients, [-1]))
    for layer in [*generator.hidden, generator.output_layer]:
        outputs = layer(outputs)
    return tf.reshape(outputs, tf.shape(gradients))


def test_m_equals_its_layers_at_each_coordinate_with_gradients_by_z_and_by_g():
    generator = ExampleWeightGenerator(
        ModelConfig(zero_preserving_generators=False), itertools.count()
    )
    generator.build()
    for index, variable in enumerate(generator.trainable_variables):
        variable.assign(tf.random.stateless_normal(variable.shape, [index, 3]))
    # From far below the threshold of the preprocessing, e^-7, to far above it.
    gradients = tf.exp(tf.random.stateless_normal([6000], [0, 4]) * 4.0 - 6.0)
    gradients *= tf.sign(tf.random.stateless_normal([6000], [0, 5]))
    weights = tf.random.stateless_normal([6000], [0, 6])
    sources = [gradients, *[v.value for v in generator.trainable_variables]]
    found = []
    for fast_weights in (
        lambda: generator([gradients])[0],
        lambda: _plain_m(generator, gradients),
    ):
        with tf.GradientTape() as tape:
            tape.watch(sources)
            values = fast_weights()
            total = tf.reduce_sum(weights * values)
        found.append([values, *tape.gradient(total, sources)])
    for ours, expected in zip(*found, strict=True):
        error = tf.norm(ours - expected) / tf.norm(expected)
        assert error < 1e-4


THRESHOLD = math.exp(-7.0)  # Where the preprocessing has its kinks.


@pytest.fixture(scope="module")
def both_m():
    """Function: m of gradients as a curve, and by its layers."""
    generator = ExampleWeightGenerator(
        ModelConfig(zero_preserving_generators=False), itertools.count()
    )
    generator.build()
    for index, variable in enumerate(generator.trainable_variables):
        variable.assign(tf.random.stateless_normal(variable.shape, [index, 3]))

    @tf.function(input_signature=[tf.TensorSpec([None])])
    def both(gradients):
        return generator([gradients])[0], _plain_m(generator, gradients)

    return both


@hypothesis.given(
    strategies.lists(
        strategies.one_of(
            strategies.floats(width=32, allow_nan=False),
            strategies.floats(-(2.0**-9), 2.0**-9, width=32),
            strategies.sampled_from([0.0, THRESHOLD, -THRESHOLD, math.inf, -math.inf]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_m_as_a_curve_is_m_everywhere(both_m, gradients):
    curve, layers = both_m(tf.constant(gradients))
    finite = np.isfinite(gradients)
    scale = 1.0 + np.max(np.abs(layers.numpy()[finite]), initial=0.0)
    np.testing.assert_allclose(
        curve.numpy()[finite], layers.numpy()[finite], atol=2e-4 * scale
    )
    # The limit, so that a training that diverges is seen; the layers may hide it, since
    # a rectifier turns inf - inf, which is no number, into zero.
    assert np.isinf(curve.numpy()[~finite]).all()
