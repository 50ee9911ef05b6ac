import numpy as np
import pytest

from metanet_tf.speed.step_cost import measure_classification, measure_training


def _theta(workload):
    return [variable.numpy() for variable in workload.model.trainable_variables]


def test_timed_steps_are_updates_with_one_trace(make_small_workload, timer):
    workload = make_small_workload()
    before = _theta(workload)
    cost = measure_training(workload, timer)
    assert cost.traces == 1
    assert cost.runs == 3
    assert int(workload.optimizer.iterations) == 2 + 3
    assert any(np.any(a != b) for a, b in zip(before, _theta(workload), strict=True))


def test_waiting_is_part_of_a_step(make_small_workload, timer):
    cost = measure_training(make_small_workload(), timer)
    assert 0 < cost.waiting_seconds < cost.seconds
    assert cost.peak_memory > 2**20


def test_classification_times_both_halves_and_leaves_theta(make_small_workload, timer):
    workload = make_small_workload()
    before = _theta(workload)
    cost = measure_classification(workload, timer)
    assert cost.seconds == cost.adapt_seconds + cost.classify_seconds
    assert cost.seconds_per_query == pytest.approx(cost.classify_seconds / 6)
    assert min(cost.adapt_seconds, cost.classify_seconds) > 0
    for one, other in zip(before, _theta(workload), strict=True):
        np.testing.assert_array_equal(one, other)
