"""Whole experiments, from their declaration to their files."""

import dataclasses
import json
import pathlib
import signal

import numpy as np
import pytest

from metanet_tf.config import ExperimentConfig
from metanet_tf.evaluation.accuracy import Evaluation, Mean
from metanet_tf.experiments import jobs
from metanet_tf.experiments.run_experiment import (
    EXPERIMENTS,
    run_experiment,
    seconds_left,
    work_through,
)
from metanet_tf.experiments.runs import NeededRun, with_settings
from metanet_tf.training.interruption import Interrupted


@pytest.fixture
def calls(monkeypatch, small_data, finish):
    """List of what is trained and tested, in order; neither is really done."""
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
    monkeypatch.setattr(jobs, "evaluate", evaluate)
    return done


def test_interrupted_experiment_goes_on_and_repeats_nothing(
    preset, make_config, calls, monkeypatch, capsys
):
    config = make_config(name="table4", n_way="3,4")
    evaluate = jobs.evaluate

    def interrupted(*arguments, **settings):
        if calls.count("test") == 1:
            signal.raise_signal(signal.SIGINT)
        return evaluate(*arguments, **settings)

    monkeypatch.setattr(jobs, "evaluate", interrupted)
    with pytest.raises(Interrupted, match="The same command does what is left"):
        run_experiment(config, preset, "experiment")
    assert calls == ["tiny_previous_metanet_3way", "test"]
    shown = capsys.readouterr().err
    assert "[3/6] test tiny_previous_metanet_3way: 3-way, 4-way; about" in shown

    calls.clear()
    monkeypatch.setattr(jobs, "evaluate", evaluate)
    report = run_experiment(config, preset, "experiment")
    assert calls == ["test", "tiny_previous_metanet_4way", "test", "test"]
    assert len(json.loads(report.results_file.read_text())["rows"]) == 4

    calls.clear()
    run_experiment(config, preset, "experiment")
    assert calls == []


def test_results_so_far_are_written(preset, make_config, calls, monkeypatch):
    config = make_config(name="table4", n_way="3,4")

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
    config = make_config(name="table4", n_way="3,4,5", budget_minutes=5.0)
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


def test_names_are_those_of_the_flag():
    (name,) = [f for f in dataclasses.fields(ExperimentConfig) if f.name == "name"]
    assert tuple(EXPERIMENTS) == name.metadata["choices"]


class Job:
    def __init__(self, title, done=False, seconds=None):
        self.title, self.done, self.known_seconds = title, done, seconds
        self.times = 0

    def is_done(self):
        return self.done

    def seconds(self):
        return self.known_seconds

    def do(self):
        self.times += 1
        self.done = True
        self.known_seconds = 30.0


class OtherJob(Job):
    pass


def test_only_what_is_left_is_done_and_reported(capsys):
    jobs = [Job("a", done=True), Job("b"), Job("c")]
    reports = []
    work_through(jobs, lambda: reports.append([job.times for job in jobs]))
    assert reports == [[0, 1, 0], [0, 1, 1]]
    assert capsys.readouterr().err.splitlines() == [
        "[2/3] b; time left unknown so far",
        "[3/3] c; about 30 s left",
    ]


def test_jobs_done_before_tell_how_long_others_take(capsys):
    work_through([Job("a", done=True, seconds=20.0), Job("b"), Job("c")], lambda: None)
    assert "[2/3] b; about 40 s left" in capsys.readouterr().err


def test_job_that_has_become_needless_is_left_out(capsys):
    last = Job("last")
    first = Job("first")
    first.do = lambda: setattr(last, "done", True)
    work_through([first, last], lambda: None)
    assert last.times == 0
    assert "last" not in capsys.readouterr().err


def test_interrupted_job_is_not_reported_as_done():
    def interrupt():
        raise KeyboardInterrupt

    job, reports = Job("a"), []
    job.do = interrupt
    with pytest.raises(KeyboardInterrupt):
        work_through([job], lambda: reports.append(1))
    assert not reports


def test_time_left_is_what_jobs_say_or_the_mean_of_their_kind():
    pending = [Job("a", seconds=5.0), Job("b"), OtherJob("c")]
    durations = {Job: [1.0, 3.0], OtherJob: [10.0]}
    assert seconds_left(pending, durations) == (17.0, True)


def test_time_that_nobody_knows_comes_on_top(capsys):
    work_through([Job("a", seconds=600.0), OtherJob("b")], lambda: None)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "[1/2] a; more than 10 min left"
    assert second == "[2/2] b; time left unknown so far"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(45.0, "45 s"), (600.0, "10 min"), (4 * 3600.0, "4.0 h")],
)
def test_time_left_is_shown_in_a_unit_that_suits_it(seconds, shown, capsys):
    work_through([Job("a", seconds=seconds)], lambda: None)
    assert f"about {shown} left" in capsys.readouterr().err
