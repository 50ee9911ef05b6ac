import pytest

from metanet_tf.config import TrainingConfig
from metanet_tf.training.schedule import learning_rate


def _rates(*progress, **settings):
    config = TrainingConfig(steps=10, learning_rate=0.5, **settings)
    return [learning_rate(config, steps, seconds) for steps, seconds in progress]


def test_constant_rate_stays():
    assert _rates((0, 0.0), (10, 99.0), minutes=1.0) == [0.5, 0.5]


def test_cosine_falls_to_zero_over_the_steps():
    rates = _rates((0, 9.0), (5, 9.0), (10, 9.0), learning_rate_schedule="cosine")
    assert rates == pytest.approx([0.5, 0.25, 0.0])


def test_cosine_falls_to_zero_over_the_minutes_if_they_end_before():
    progress = (0, 0.0), (1, 30.0), (8, 30.0), (9, 61.0)
    rates = _rates(*progress, learning_rate_schedule="cosine", minutes=1.0)
    # 0.0477: a share of 0.8.
    assert rates == pytest.approx([0.5, 0.25, 0.0477, 0.0], abs=1e-4)
