import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.layers import SymmetricHead


@pytest.fixture
def head():
    return SymmetricHead()


def test_gradient_columns_are_those_of_a_softmax_of_equal_logits(head):
    # Four columns: 1/4 h for others, -3/4 h for the own class.
    columns = head.gradient_columns(tf.constant([[4.0, -8.0]]), 4)
    np.testing.assert_allclose(columns, [[[1.0, -3.0], [-2.0, 6.0]]])


def test_gradient_columns_equal_automatic_differentiation(head):
    hidden, label = tf.constant([[0.5, -1.0, 2.0]]), 1
    with tf.GradientTape() as tape:
        kernel = tf.zeros([3, 5])
        tape.watch(kernel)
        loss = -tf.nn.log_softmax(hidden @ kernel)[0, label]
    gradient = tape.gradient(loss, kernel)
    others, own = tf.unstack(head.gradient_columns(hidden, 5)[0], axis=-1)
    np.testing.assert_allclose(gradient[:, label], own, rtol=1e-6)
    for column in (0, 2, 3, 4):
        np.testing.assert_allclose(gradient[:, column], others, rtol=1e-6)


def test_votes_are_summed_by_class(head):
    hidden = tf.constant([[1.0, 2.0]])
    # Two examples of class 1, one of class 0; columns: others, own.
    fast = tf.constant(
        [[[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 1.0]], [[0.0, 0.0], [1.0, 3.0]]]
    )
    attention, labels = tf.constant([[0.5, 0.25, 0.25]]), tf.constant([1, 1, 0])
    # h·others = 0, 1, 2; h·own = 1, 3, 6. Everywhere: 0.25 * 1 + 0.25 * 2 = 0.75.
    # Class 1: 0.5 * 1 + 0.25 * 2 = 1; class 0: 0.25 * 4 = 1; class 2: nothing.
    logits = head(hidden, fast, attention, labels, n_way=3)
    np.testing.assert_allclose(logits, [[1.75, 1.75, 0.75]])


def test_batch_size_and_ways_may_be_unknown_to_a_tf_function(head):
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 4]),
            tf.TensorSpec([None, 4, 2]),
            tf.TensorSpec([None, None]),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.int32),
        ]
    )
    def apply(hidden, fast, attention, labels, n_way):
        return head(hidden, fast, attention, labels, n_way=n_way)

    for queries, support, n_way in ((1, 2, 2), (3, 6, 5)):
        draws = tf.random.stateless_normal
        arguments = (
            draws([queries, 4], [1, 2]),
            draws([support, 4, 2], [3, 4]),
            tf.nn.softmax(draws([queries, support], [5, 6])),
            tf.range(support) % n_way,
        )
        logits = apply(*arguments, n_way)
        assert logits.shape == (queries, n_way)
        np.testing.assert_allclose(logits, head(*arguments, n_way=n_way), rtol=1e-5)


def test_it_has_no_weights_and_comes_back_from_its_config(head):
    head.build((None, 4))
    assert head.weights == []
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(head)
    )
    assert type(copy) is SymmetricHead
