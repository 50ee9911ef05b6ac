"""What each table and figure consists of."""

import dataclasses

import pytest

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments.catalogue import EXPERIMENTS
from metanet_tf.utils.errors import InputError


@pytest.fixture
def declare(make_runs):
    """An experiment with the paper's own ways, unless told otherwise."""

    def make(name, runs=None, **settings):
        config = ExperimentConfig(name=name, **settings)
        return EXPERIMENTS[name](runs or make_runs(), config)

    return make


def _numbers(experiment):
    return {(*map(str, m.labels.values()),): m.paper for m in experiment.measurements}


def test_names_are_those_of_the_flag():
    (name,) = [f for f in dataclasses.fields(ExperimentConfig) if f.name == "name"]
    assert tuple(EXPERIMENTS) == name.metadata["choices"]


def test_table1_tests_each_variant_as_it_was_trained(declare):
    experiment = declare("table1")
    assert len(experiment.runs) == len(experiment.measurements) == 12
    assert _numbers(experiment)["MetaNet+", "15"] == 96.48
    for measurement in experiment.measurements:
        assert measurement.task == measurement.run.config.episode
        assert measurement.task.n_way == measurement.labels["ways"]


def test_table3_is_on_the_standard_split(declare):
    experiment = declare("table3")
    assert _numbers(experiment)["MetaNet", "20"] == 95.92
    splits = {m.data.class_split for m in experiment.measurements}
    assert splits == {"standard"}
    assert experiment.runs[0].name == "tiny_standard_metanet_5way"


def test_table4_tests_each_run_on_all_numbers_of_ways(declare):
    experiment = declare("table4")
    assert (len(experiment.runs), len(experiment.measurements)) == (4, 16)
    assert _numbers(experiment)["20-way", "5-way"] == 99.55
    assert _numbers(experiment)["5-way", "20-way"] == 93.07
    for measurement in experiment.measurements:
        trained, tested = measurement.labels.values()
        assert f"{measurement.run.config.episode.n_way}-way" == trained
        assert f"{measurement.task.n_way}-way" == tested


def test_table4_shares_its_runs_and_some_measurements_with_table1(declare):
    def keys(name):
        measurements = declare(name).measurements
        return {(m.run.config, m.name) for m in measurements}

    assert len(keys("table4") & keys("table1")) == 4


def test_figure3_tests_every_kept_model_with_three_base_learners(declare, make_runs):
    experiment = declare("figure3", make_runs(snapshot_every=2))
    assert [m.step for m in experiment.measurements] == [2, 2, 2, 4, 4, 4, 6, 6, 6]
    names = {m.name for m in experiment.measurements}
    assert len(names) == 9
    assert "glyphs_test_5way_step_4_random_b_128" in names


def test_figure3_needs_a_run_that_keeps_its_models(declare, make_runs):
    with pytest.raises(InputError, match="`snapshot_every`.*from 1 to.*7"):
        declare("figure3", make_runs(snapshot_every=7))


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
        (0, "test", "glyphs"),
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


def test_figure5_tests_on_all_digits(declare):
    experiment = declare("figure5", ways="20")
    assert _numbers(experiment)["MetaNet", "20-way"] == 74.8
    for measurement in experiment.measurements:
        assert measurement.run.config.episode.n_way == 20
        assert (measurement.data.dataset, measurement.task.n_way) == ("mnist", 10)


@pytest.mark.parametrize("name", ["figure3", "figure4", "figure5"])
def test_figure_is_of_one_number_of_ways(declare, name):
    with pytest.raises(InputError, match=f"`ways` must be one number for {name}"):
        declare(name, ways="5,10")
