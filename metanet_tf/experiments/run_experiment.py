"""Runs an experiment: trains what is missing, measures what is not recorded."""

import collections
import functools
import pathlib
import sys
from collections.abc import Callable, Sequence

from metanet_tf.config import ExperimentConfig, RunConfig
from metanet_tf.data import load_dataset
from metanet_tf.experiments.experiment import Experiment
from metanet_tf.experiments.figure3 import figure3
from metanet_tf.experiments.figure4 import figure4
from metanet_tf.experiments.figure5 import figure5
from metanet_tf.experiments.jobs import Job, MeasurementJob, TrainingJob
from metanet_tf.experiments.report import Report
from metanet_tf.experiments.runs import Runs, minutes_per_run, with_settings
from metanet_tf.experiments.tables import table1, table3, table4
from metanet_tf.utils.files import file_errors
from metanet_tf.utils.flag_settings import read_words
from metanet_tf.utils.versions import versions

EXPERIMENTS: dict[str, Callable[[Runs, ExperimentConfig], Experiment]] = {
    "table1": table1,
    "table3": table3,
    "table4": table4,
    "figure3": figure3,
    "figure4": figure4,
    "figure5": figure5,
}

_Durations = dict[type, list[float]]  # seconds that jobs took, by their kind


def run_experiment(config: ExperimentConfig, preset: RunConfig, command: str) -> Report:
    """Runs the experiment that `config` names, or goes on with it.

    Args:
        config: what to do.
        preset: settings of its runs but for those that the experiment decides.
        command: what it was started with, for the results.

    Returns:
        Its files.

    Raises:
        InputError: if `train_dirs` do not fit, the data are missing or too small, or a
            run has other settings, all before anything is trained; if a folder cannot
            be written.
        Interrupted: after ^C, SIGTERM or SIGHUP; all that was reached is saved.
    """
    experiment = declare(config, preset)
    load = functools.lru_cache(maxsize=2)(load_dataset)  # Omniglot and MNIST
    measurement_jobs = [
        MeasurementJob(m, config.episodes, load) for m in experiment.measurements
    ]
    for job in measurement_jobs:
        job.check_room()
    folder = pathlib.Path(config.out or f"experiments/{config.name}")
    with file_errors("out", folder):
        folder.mkdir(parents=True, exist_ok=True)
        training_jobs = _training_jobs(experiment, config, folder, command)
    facts = {"name": config.name, "command": command, "versions": versions()}
    report = Report(experiment, folder, facts)

    def write_report() -> None:
        results = [job.result() for job in measurement_jobs]
        with file_errors("out", folder):
            report.write([result for result in results if result is not None])

    work_through(_in_order(training_jobs, measurement_jobs), write_report)
    write_report()
    return report


def declare(config: ExperimentConfig, preset: RunConfig) -> Experiment:
    """Returns the experiment: its runs and measurements.

    Raises:
        InputError: if a run has other settings, `n_way` cannot be read, or one of
            `train_dirs` is no finished run or of no use.
    """
    if config.data_dir:
        preset = with_settings(preset, data_dir=config.data_dir)
    runs = Runs(
        preset,
        pathlib.Path(config.preset).stem,
        runs_dir=config.runs_dir,
        train_dirs=read_words(config.train_dirs),
    )
    experiment = EXPERIMENTS[config.name](runs, config)
    runs.check_all_used()
    return experiment


def _training_jobs(
    experiment: Experiment,
    config: ExperimentConfig,
    folder: pathlib.Path,
    command: str,
) -> list[TrainingJob]:
    """Training jobs of all runs; the missing ones share the budget of time."""
    runs = experiment.runs
    if config.budget_minutes is not None:
        missing = sum(run.results() is None for run in runs)
        minutes = minutes_per_run(config.budget_minutes, missing, folder)
        runs = [run.lasting(minutes) for run in runs]
    return [TrainingJob(run, command) for run in runs]


def _in_order(
    training_jobs: list[TrainingJob], measurement_jobs: list[MeasurementJob]
) -> list[Job]:
    """Each run's training followed by what is measured of it."""
    jobs: list[Job] = []
    for training in training_jobs:
        jobs.append(training)
        jobs += [m for m in measurement_jobs if m.run_name == training.run_name]
    return jobs


def work_through(jobs: Sequence[Job], after_each: Callable[[], None]) -> None:
    """Does the jobs that are not done, in their order.

    Args:
        jobs: all jobs of an experiment.
        after_each: called when one of them has been done.
    """
    pending = [job for job in jobs if not job.is_done()]
    durations: _Durations = collections.defaultdict(list)
    for job in jobs:
        if job not in pending:
            _note(job, durations)
    for index, job in enumerate(pending):
        if job.is_done():  # By now: it turned out that there is nothing to do.
            continue
        number = len(jobs) - len(pending) + index + 1
        left = _time(*seconds_left(pending[index:], durations))
        print(
            f"[{number}/{len(jobs)}] {job.title}; {left}", file=sys.stderr, flush=True
        )
        job.do()
        _note(job, durations)
        after_each()


def seconds_left(pending: Sequence[Job], durations: _Durations) -> tuple[float, bool]:
    """Returns the least number of seconds for the jobs, and True if that is all.

    Args:
        pending: what is to be done.
        durations: by kind of job, how long others took. A job that cannot tell takes
            as long as they did on average; without them it is left out.
    """
    known = [job.seconds() or _mean(durations.get(type(job), [])) for job in pending]
    return sum(filter(None, known)), None not in known


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _note(job: Job, durations: _Durations) -> None:
    seconds = job.seconds()
    if seconds is not None:
        durations[type(job)].append(seconds)


def _time(seconds: float, is_all: bool) -> str:
    if not seconds:
        return "time left unknown so far"
    minutes = seconds / 60
    if seconds < 90:
        time = f"{seconds:.0f} s"
    elif minutes < 90:
        time = f"{minutes:.0f} min"
    else:
        time = f"{minutes / 60:.1f} h"
    return f"{'about' if is_all else 'more than'} {time} left"
