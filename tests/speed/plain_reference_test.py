import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.plain_reference import _preprocess, plain_logits


@pytest.mark.parametrize(
    "settings",
    [
        {"augmented_layers": 2, "base_input": "representation"},
        {"augmented_layers": 1, "slow_weights": False},
        {"augmented_layers": None, "zero_preserving_generators": False},
    ],
)
def test_traced_reference_answers_as_the_model_does(make_small_workload, settings):
    workload = make_small_workload(**settings)
    task = workload.episode.inputs
    expected = tf.function(plain_logits)(workload.model, *task)
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(workload.model(*task).logits, expected, atol=1e-5)


def test_preprocessed_gradients_are_those_worked_by_hand():
    gradients = tf.constant([0.0, 1e-5, -1e-5, 0.5, -2.0])
    small, logs = 1e-5 * np.exp(7), np.log([0.5, 2.0]) / 7
    expected = [[-1, 0], [-1, small], [-1, -small], [logs[0], 1], [logs[1], -1]]
    np.testing.assert_allclose(_preprocess(gradients), expected, rtol=1e-5)
