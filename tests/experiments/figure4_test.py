import math

import numpy as np
import pytest

from metanet_tf.config import ExperimentConfig
from metanet_tf.evaluation.accuracy import Mean
from metanet_tf.experiments.experiment import Result
from metanet_tf.experiments.figure4 import _mean_over_repeats, figure4


@pytest.fixture
def experiment(make_runs):
    config = ExperimentConfig(name="figure4", repeats=2, mnist_tasks=400)
    return figure4(make_runs(), config)


def _results(experiment, accuracies):
    """Results of the measurements, made in 10 s with the accuracies given."""
    return [
        Result(
            measurement,
            Mean(accuracy, 0.01),
            Mean(0.0, 0.0),
            measurement.step,
            10.0,
            measurement.run.config.training.seed,
        )
        for measurement, accuracy in zip(
            experiment.measurements, accuracies, strict=False
        )
    ]


def test_rows_are_means_over_repeats_of_differences_and_of_accuracies(experiment):
    # Before; then MNIST and Omniglot after, once for each repeat.
    results = _results(experiment, [0.80, 0.50, 0.81, 0.60, 0.85])
    before, difference, mnist = experiment.rows(results)
    assert before.ours == Mean(0.80, 0.01)
    assert difference.ours.value == pytest.approx(0.03)
    # 12.706 * std([0.01, 0.05]) / sqrt(2) = 12.706 * 0.02
    assert difference.ours.half_width == pytest.approx(0.25412)
    assert mnist.ours.value == pytest.approx(0.55)
    assert (mnist.training_episodes, mnist.seed) == (400, "1, 2")


def test_rows_of_what_is_there_so_far(experiment):
    assert experiment.rows([]) == []
    rows = experiment.rows(_results(experiment, [0.8, 0.5]))
    assert [row.ours.value for row in rows] == [0.8, 0.5]


def test_one_repeat_has_no_interval():
    mean = _mean_over_repeats(np.array([0.5]))
    assert mean.value == 0.5
    assert math.isnan(mean.half_width)
