import dataclasses

import pytest

from metanet_tf.config import EpisodeConfig
from metanet_tf.experiments.experiment import Measurement
from metanet_tf.experiments.jobs import MeasurementJob
from metanet_tf.utils.errors import InputError


@pytest.fixture
def measurement(make_runs, finish, small_data):
    """Measurement of a run that has finished."""
    run = make_runs(episodes_per_step=2).on_omniglot(3)
    finish(run)
    return Measurement.of(run, {"ways": 3}, paper=98.95)


def test_what_was_measured_is_found_again(measurement):
    job = MeasurementJob(measurement, episodes=2)
    assert not job.is_done()
    assert job.result() is None
    job.do()
    found = MeasurementJob(measurement, episodes=2)
    assert found.is_done()
    result = found.result()
    assert result == job.result()
    assert 0.0 <= result.accuracy.value <= 1.0
    assert (result.training_episodes, result.training_seconds) == (12, 60.0)
    assert found.seconds() is not None


@pytest.mark.parametrize("change", ["episodes", "shots", "longer training"])
def test_other_tasks_or_a_longer_training_are_measured_anew(
    measurement, finish, change
):
    MeasurementJob(measurement, episodes=2).do()
    if change == "longer training":
        finish(measurement.run, steps=8)
    if change == "shots":
        task = EpisodeConfig(n_way=3, k_shot=2, queries_per_class=2)
        measurement = dataclasses.replace(measurement, task=task)
    episodes = 3 if change == "episodes" else 2
    assert not MeasurementJob(measurement, episodes).is_done()


def test_step_that_the_run_did_not_reach_needs_no_measurement(measurement):
    beyond = dataclasses.replace(measurement, step=7)
    assert MeasurementJob(beyond, episodes=2).is_done()
    assert MeasurementJob(beyond, episodes=2).result() is None
    within = dataclasses.replace(measurement, step=6)
    assert not MeasurementJob(within, episodes=2).is_done()


def test_kept_model_that_is_missing_is_bad_input(measurement):
    lost = MeasurementJob(dataclasses.replace(measurement, step=6), episodes=2)
    with pytest.raises(InputError, match="must hold the model of step 6.*--snapshot"):
        lost.do()


def test_data_without_room_for_a_task_are_refused(measurement):
    task = EpisodeConfig(n_way=13, queries_per_class=2)
    measurement = dataclasses.replace(measurement, task=task)
    with pytest.raises(InputError, match="`n_way` must be at most"):
        MeasurementJob(measurement, episodes=2).check_room()
