import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.generators.curve import PiecewiseLinear, add_zero_crossings

LIMITS = tf.constant([-4.0, 4.0])


def test_zero_crossings_lie_between_the_knots_where_a_function_changes_sign():
    knots = tf.constant([0.0, 1.0, 3.0])
    values = tf.constant([[-1.0, 2.0], [3.0, 1.0], [1.0, -3.0]])
    # The first function is zero at 1/4, the second at 1 + 2/4.
    expected = [0.0, 0.25, 1.0, 1.5, 3.0, 3.0, 3.0]
    np.testing.assert_allclose(add_zero_crossings(knots, values), expected)


def _kinked(positions):
    return tf.abs(positions - 0.3) + 2.0 * tf.nn.relu(positions - 0.31)


def test_a_function_with_kinks_at_the_knots_is_met_exactly():
    curve = PiecewiseLinear(tf.constant([-4.0, 0.3, 0.31, 4.0]), _kinked)
    positions = tf.constant(np.linspace(-4.0, 3.999, 5001), tf.float32)
    np.testing.assert_allclose(curve(positions), _kinked(positions), atol=3e-6)


def test_two_knots_in_one_cell_are_told_apart():
    knots = tf.constant([-4.0, 1.0, 1.0001, 4.0])

    def function(positions):
        return tf.reduce_sum(tf.nn.relu(positions[:, tf.newaxis] - knots), axis=1)

    curve = PiecewiseLinear(knots, function)
    positions = tf.constant(np.linspace(0.9999, 1.0002, 400), tf.float32)
    np.testing.assert_allclose(curve(positions), function(positions), rtol=1e-6)


def test_more_knots_in_one_cell_are_off_by_less_than_a_cell():
    knots = tf.constant(np.float32([-4.0, *np.linspace(1.0, 1.0001, 12), 4.0]))

    def function(positions):
        return tf.reduce_sum(tf.nn.relu(positions[:, tf.newaxis] - knots), axis=1)

    curve = PiecewiseLinear(knots, function)
    positions = tf.constant(np.linspace(0.9999, 1.0002, 400), tf.float32)
    cell = 8.0 / 16384
    np.testing.assert_allclose(curve(positions), function(positions), atol=12 * cell)
    # Beyond the cell all is well again.
    np.testing.assert_allclose(curve([1.1]), function(tf.constant([1.1])), rtol=1e-6)


def test_gradients_at_a_kink_are_those_of_one_of_its_sides():
    weight = tf.Variable(2.0)
    knots = tf.constant([-4.0, 0.0, 4.0])
    positions = tf.constant([-2.0, 0.0, 1.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(positions)
        values = PiecewiseLinear(knots, lambda p: tf.nn.relu(weight * p))(positions)
    np.testing.assert_allclose(tape.gradient(values, positions), [0, 2, 2, 2])
    np.testing.assert_allclose(tape.gradient(values, weight), 4.0, rtol=1e-6)


@pytest.mark.parametrize("position", [np.nan, np.inf, -np.inf])
def test_positions_that_are_not_finite_do_not_stop_the_program(position):
    curve = PiecewiseLinear(LIMITS, tf.identity)
    assert not np.isfinite(curve(tf.constant([position])).numpy()[0])
