import itertools

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.generators import ExampleWeightGenerator, TaskWeightGenerator


def _m(output_scale=1.0, anchored=True):
    generator = ExampleWeightGenerator(20, output_scale, anchored, itertools.count())
    generator.build()
    return generator


def _d(output_scale=1.0, anchored=True):
    generator = TaskWeightGenerator(20, output_scale, anchored, itertools.count())
    generator.build()
    return generator


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
    large, small = make(1.0)(GRADIENTS), make(0.02)(GRADIENTS)
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
def test_an_anchored_generator_makes_no_fast_weight_of_no_gradient(make):
    gradients = GRADIENTS * [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    anchored, plain = make(), make(anchored=False)
    zero = tf.reshape(anchored(gradients), [-1, 3, 2])[0].numpy() == 0
    np.testing.assert_array_equal(zero, [[1, 0], [0, 0], [0, 1]])
    offset = (plain(gradients) - anchored(gradients)).numpy()
    assert abs(offset.mean()) > 1e-4
    assert np.ptp(offset) < 1e-6
