import pytest

from metanet_tf.speed import steady_memory
from metanet_tf.speed.steady_memory import measure_memory_course
from metanet_tf.utils.errors import InputError


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
    monkeypatch.setattr(steady_memory, "current_memory", lambda: None)
    with pytest.raises(InputError, match="Received: 10. Leave out --memory_steps"):
        measure_memory_course(make_small_workload(augmented_layers=2), steps=10)
