"""Figure 3: base learners that nobody has trained, in the course of training."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments.experiment import (
    Change,
    Experiment,
    Measurement,
    Row,
    random_base_learner,
)
from metanet_tf.experiments.report import draw_curve
from metanet_tf.experiments.runs import NeededRun, Runs, wanted_way
from metanet_tf.utils.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FILTERS = (32, 128)


def figure3(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Tests each snapshot of one run with the trained b and with random ones."""
    run = runs.on_omniglot(wanted_way(config, 5))
    learners: dict[str, Change | None] = {"trained b": None}
    for filters in _FILTERS:
        learners[f"random b, {filters} filters"] = random_base_learner(filters)
    measurements = [
        Measurement.of(run, {"base learner": name}, step=step, change=change)
        for step in _steps(run)
        for name, change in learners.items()
    ]
    return Experiment(
        f"Figure 3: base learners with random, fixed slow weights, "
        f"{run.config.episode.n_way}-way",
        measurements,
        draw=_draw,
        notes=["In the paper's figure the three curves converge."],
    )


def _steps(run: NeededRun) -> range:
    """The steps whose models the run keeps, if its time suffices."""
    training = run.config.training
    every = training.snapshot_every
    if every is None or every > training.steps:
        raise InputError(
            "`snapshot_every` of the run that figure3 draws must be from 1 to its "
            f"steps. Received: {every}; {training.train_dir} has "
            f"{training.steps} steps. Change it in --preset, or train without that "
            "run."
        )
    return range(every, training.steps + 1, every)


def _draw(figure: "Figure", rows: Sequence[Row]) -> None:
    axes = figure.subplots()
    for name in dict.fromkeys(row.labels["base learner"] for row in rows):
        curve = [row for row in rows if row.labels["base learner"] == name]
        draw_curve(axes, curve, str(name))
    axes.set(xlabel="training tasks", ylabel="accuracy, %")
    axes.legend()
