"""Runs an experiment: trains what is missing, measures what is not recorded."""

import pathlib

from metanet_tf.config import ExperimentConfig, RunConfig
from metanet_tf.experiments.budget import minutes_per_run
from metanet_tf.experiments.catalogue import EXPERIMENTS
from metanet_tf.experiments.experiment import Experiment
from metanet_tf.experiments.jobs import Job, TrainingJob
from metanet_tf.experiments.measurement_job import MeasurementJob
from metanet_tf.experiments.needed_runs import Runs, with_settings
from metanet_tf.experiments.report import Report
from metanet_tf.experiments.scheduler import work_through
from metanet_tf.utils.files import file_errors
from metanet_tf.utils.versions import versions


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
        Interrupted: after ^C or SIGTERM; all that was reached is saved.
    """
    experiment = declare(config, preset)
    measurement_jobs = [
        MeasurementJob(m, config.episodes) for m in experiment.measurements
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
        InputError: if a run has other settings, `ways` cannot be read, or one of
            `train_dirs` is no finished run or of no use.
    """
    if config.data_dir:
        preset = with_settings(preset, data_dir=config.data_dir)
    runs = Runs(
        preset,
        pathlib.Path(config.preset).stem,
        runs_dir=config.runs_dir,
        train_dirs=[name for name in config.train_dirs.split(",") if name],
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
