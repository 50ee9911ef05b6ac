import numpy as np
import pytest

from metanet_tf.config import ModelConfig
from metanet_tf.speed import costs
from metanet_tf.speed.costs import (
    measure_classification,
    measure_curve,
    measure_memory_course,
    measure_saved_model,
    measure_training,
)
from metanet_tf.speed.timing import Timing
from metanet_tf.utils.errors import InputError


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


class _SetTimer:
    """Does everything once and says that it took the times given, in turn."""

    def __init__(self, *medians):
        self._medians = iter(medians)

    def time(self, function):
        function()
        return Timing(next(self._medians), 1)


def test_classification_is_learning_and_answering(make_small_workload):
    workload = make_small_workload()
    before = _theta(workload)
    # Six queries.
    cost = measure_classification(workload, _SetTimer(0.25, 1.5))
    assert (cost.adapt_seconds, cost.classify_seconds) == (0.25, 1.5)
    assert (cost.seconds, cost.seconds_per_query) == (1.75, 0.25)
    for one, other in zip(before, _theta(workload), strict=True):
        np.testing.assert_array_equal(one, other)


def test_points_of_the_curve_are_tasks_of_growing_size(classes):
    model = ModelConfig(
        learner="mlp", hidden_units=4, generator_units=2, augmented_layers=2
    )
    timer = _SetTimer(1.0, 5.0, 2.0, 3.0, 7.0, 8.0)
    points = measure_curve(classes, model, timer, ways=(2, 3))
    assert [(point.n_way, point.images) for point in points] == [(2, 12), (3, 18)]
    # Five queries per class.
    per_query = [point.classification.seconds_per_query for point in points]
    assert per_query == [0.5, 0.2]
    assert [point.training.seconds for point in points] == [7.0, 8.0]
    assert [point.training.traces for point in points] == [1, 1]


def test_memory_is_read_ten_times_in_the_course_of_the_steps(make_small_workload):
    workload = make_small_workload(augmented_layers=2)
    course = measure_memory_course(workload, steps=19)
    assert course.steps == list(range(2, 21, 2))
    assert int(workload.optimizer.iterations) == 20
    assert course.traces == 1
    assert len(course.memory) == 10
    assert min(course.memory) > 2**20


def test_system_that_does_not_tell_the_memory_is_refused(
    make_small_workload, monkeypatch
):
    monkeypatch.setattr(costs, "current_memory", lambda: None)
    with pytest.raises(InputError, match="Received: 10. Leave out --memory_steps"):
        measure_memory_course(make_small_workload(augmented_layers=2), steps=10)


class _Recorder:
    """A timer that keeps what it times."""

    def __init__(self):
        self.results = []

    def time(self, function):
        self.results.append(function())
        return Timing(float(len(self.results)), 1)


def test_one_query_and_a_thousand_are_answered(make_small_workload):
    recorder = _Recorder()
    cost = measure_saved_model(make_small_workload(augmented_layers=2), recorder)
    assert cost.seconds_by_queries == {1: 1.0, 1000: 2.0}
    shapes = [tuple(result["probabilities"].shape) for result in recorder.results]
    assert shapes == [(1, 3), (1000, 3)]
