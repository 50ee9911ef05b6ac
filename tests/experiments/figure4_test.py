import math

import numpy as np
import pytest

from metanet_tf.evaluation.accuracy import Mean
from metanet_tf.experiments.experiment import Result
from metanet_tf.experiments.figure4 import _mean_over_repeats
from metanet_tf.utils.errors import InputError


@pytest.fixture
def experiment(declare):
    return declare("figure4", repeats=2, mnist_tasks=400)


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


def test_figure4_goes_on_to_mnist_with_new_weights_but_for_z_and_g(declare):
    experiment = declare("figure4", repeats=3, mnist_tasks=1000)
    omniglot, *mnist = [run.config for run in experiment.runs]
    assert omniglot.model.learner == "mlp"
    assert [config.training.seed for config in mnist] == [1, 2, 3]
    for config in mnist:
        assert config.data.dataset == "mnist"
        assert config.model == omniglot.model
        assert config.training.meta_weights_from == omniglot.training.train_dir
        assert (config.training.steps, config.training.snapshot_every) == (1000, 400)
    points = {(m.step, m.split, m.data.dataset) for m in experiment.measurements}
    assert points == {
        (None, "test", "glyphs"),
        (400, "test", "glyphs"),
        (400, "training", "mnist"),
        (800, "test", "glyphs"),
        (800, "training", "mnist"),
    }


def test_figure4_counts_tasks_rather_than_steps(declare, make_runs):
    runs = make_runs(episodes_per_step=4)
    _, mnist, *_ = declare("figure4", runs).runs
    training = mnist.config.training
    assert (training.steps, training.snapshot_every) == (1900, 100)


def test_figure4_is_of_one_number_of_ways(declare):
    with pytest.raises(InputError, match="`n_way` must be one number for figure4"):
        declare("figure4", n_way="5,10")
