import numpy as np
import tensorflow as tf

from metanet_tf.utils.draws import uniform


def test_draws_are_those_of_tensorflow_in_their_range():
    seed = tf.constant([5, 3], tf.int64)
    expected = tf.random.stateless_uniform([1000], seed, -2.0, 3.0, alg="philox")
    np.testing.assert_array_equal(uniform([1000], seed, -2.0, 3.0), expected)


def test_xla_draws_the_same():
    seed = tf.constant([2**40, 7], tf.int64)
    compiled = tf.function(lambda: uniform([1000], seed), jit_compile=True)
    np.testing.assert_array_equal(compiled(), uniform([1000], seed))
