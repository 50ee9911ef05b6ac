import time

import pytest

from metanet_tf.speed.timing import Timer, seconds_to_first_step


class _Calls:
    """Counts its calls; some take a while."""

    def __init__(self, slow=()):
        self.count = 0
        self._slow = slow

    def __call__(self):
        if self.count in self._slow:
            time.sleep(0.05)
        self.count += 1


def test_runs_are_as_many_as_asked_for_after_warm_up():
    calls = _Calls()
    assert Timer(repeats=7, seconds=60.0).time(calls).runs == 7
    assert calls.count == 2 + 7


def test_runs_end_early_when_time_is_over():
    assert Timer(repeats=1000, seconds=0.0).time(_Calls()).runs == 3
    slow = _Calls(slow=range(2, 1000))
    assert Timer(repeats=1000, seconds=0.19).time(slow).runs in (3, 4)


def test_median_heeds_neither_warm_up_nor_a_slow_run():
    calls = _Calls(slow=(0, 1, 3))
    assert Timer(repeats=3, seconds=60.0).time(calls).median < 0.04


def test_command_that_fails_is_reported_with_its_message():
    with pytest.raises(RuntimeError, match="`steps` must be at least 1"):
        seconds_to_first_step(["--steps=0"])


@pytest.mark.slow
def test_first_step_comes_within_a_minute():
    small = ["--learner=mlp", "--hidden_units=8", "--generator_units=4"]
    assert 1.0 < seconds_to_first_step(small) < 60.0
