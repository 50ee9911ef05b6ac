import functools

import pytest
import tensorflow as tf

from metanet_tf.evaluation.rejection import (
    ErrorRates,
    RejectionThreshold,
    threshold_for,
)
from metanet_tf.saved_model.thresholds import graph_threshold

RATES = ErrorRates(0.1, 0.2)
REJECTIONS = tuple(
    RejectionThreshold(n_way, k_shot, threshold, RATES, RATES)
    for n_way, k_shot, threshold in [
        *((20, 1, 0.9), (2, 1, 0.5), (5, 1, 0.8), (200, 1, 0.7)),
        *((5, 5, 0.3), (2, 5, 0.1), (20, 20, 0.2)),
    ]
)

TRACED = {
    rejections: tf.function(functools.partial(graph_threshold, rejections))
    for rejections in (REJECTIONS, REJECTIONS[:1])
}


@pytest.mark.parametrize("n_way", [2, 3, 5, 12, 20, 199, 200, 1000])
@pytest.mark.parametrize("k_shot", [1, 1.5, 2, 3, 5, 9, 11, 100])
@pytest.mark.parametrize("rejections", TRACED)
def test_threshold_in_the_graph_is_that_in_python(rejections, n_way, k_shot):
    num_support = int(n_way * k_shot)
    expected = threshold_for(rejections, n_way, num_support / n_way)
    found = TRACED[rejections](tf.constant(n_way), tf.constant(num_support))
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_there_is_no_threshold_without_any():
    assert graph_threshold([], tf.constant(2), tf.constant(2)) is None
