"""Whole experiments, from their declaration to their files."""

import json
import pathlib
import signal

import numpy as np
import pytest

from metanet_tf.evaluation.accuracy import Evaluation, Mean
from metanet_tf.experiments import jobs, measurement_job
from metanet_tf.experiments.needed_runs import NeededRun, with_settings
from metanet_tf.experiments.run_experiment import run_experiment
from metanet_tf.training.interruption import Interrupted


@pytest.fixture
def calls(monkeypatch, small_data, finish):
    """What is trained and tested, in order; neither is really done."""
    done = []

    def train(config, _command):
        done.append(pathlib.Path(config.training.train_dir).name)
        finish(NeededRun("", config))

    def evaluate(_model, _classes, task, *, episodes, **_):
        done.append("test")
        mean = Mean(0.5, 0.1)
        return Evaluation(
            mean, mean, 1.0, 0.0, episodes, task.n_way, 1, np.eye(task.n_way)
        )

    monkeypatch.setattr(jobs, "train_and_test", train)
    monkeypatch.setattr(measurement_job, "evaluate", evaluate)
    return done


def test_interrupted_experiment_goes_on_and_repeats_nothing(
    preset, make_config, calls, monkeypatch, capsys
):
    config = make_config(name="table4", ways="3,4")
    evaluate = measurement_job.evaluate

    def interrupted(*arguments, **settings):
        if calls.count("test") == 1:
            signal.raise_signal(signal.SIGINT)
        return evaluate(*arguments, **settings)

    monkeypatch.setattr(measurement_job, "evaluate", interrupted)
    with pytest.raises(Interrupted, match="The same command does what is left"):
        run_experiment(config, preset, "experiment")
    assert calls == ["tiny_previous_metanet_3way", "test"]
    shown = capsys.readouterr().err
    assert "[3/6] test tiny_previous_metanet_3way: 3-way, 4-way; about" in shown

    calls.clear()
    monkeypatch.setattr(measurement_job, "evaluate", evaluate)
    report = run_experiment(config, preset, "experiment")
    assert calls == ["test", "tiny_previous_metanet_4way", "test", "test"]
    assert len(json.loads(report.results_file.read_text())["rows"]) == 4

    calls.clear()
    run_experiment(config, preset, "experiment")
    assert calls == []


def test_results_so_far_are_written(preset, make_config, calls, monkeypatch):
    config = make_config(name="table4", ways="3,4")

    def train(run, command):
        if run.episode.n_way == 4:
            raise KeyboardInterrupt
        trained(run, command)

    trained = jobs.train_and_test
    monkeypatch.setattr(jobs, "train_and_test", train)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(config, preset, "experiment")
    table = pathlib.Path(config.out, "table.md").read_text()
    assert "| 3-way | 4-way | – | 50.00 ± 10.00 |" in table


def test_budget_is_shared_by_the_runs_that_are_missing(
    preset, make_config, make_runs, calls, finish
):
    finish(make_runs().on_omniglot(3))
    config = make_config(name="table4", ways="3,4,5", budget_minutes=5.0)
    run_experiment(config, preset, "experiment")
    minutes = {
        ways: make_runs().on_omniglot(ways).folder.read_config().training.minutes
        for ways in (3, 4, 5)
    }
    assert minutes == {3: None, 4: 2.5, 5: 2.5}


def test_experiments_share_runs_and_measurements(preset, make_config, calls):
    run_experiment(make_config(name="table1"), preset, "experiment")
    assert calls.count("test") == 3
    calls.clear()
    run_experiment(make_config(name="table4"), preset, "experiment")
    assert calls == []
    run_experiment(make_config(name="figure5"), preset, "experiment")
    assert calls == ["test"] * 3


@pytest.mark.slow
def test_figure4_goes_from_omniglot_to_mnist_and_back(small_data, preset, make_config):
    preset = with_settings(preset, steps=2)
    config = make_config(name="figure4", repeats=1, mnist_tasks=4, mnist_every=2)
    report = run_experiment(config, preset, "experiment")
    rows = json.loads(report.results_file.read_text())["rows"]
    assert [row["training_episodes"] for row in rows] == [2, 2, 2, 4, 4]
    assert report.plot_file.exists()
