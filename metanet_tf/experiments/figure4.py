"""Figure 4: continual learning, from Omniglot to MNIST and back."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from metanet_tf.config import ExperimentConfig
from metanet_tf.evaluation.accuracy import Mean
from metanet_tf.experiments.experiment import (
    Experiment,
    Measurement,
    Result,
    Row,
    meta_weights_into,
    row_of_each,
)
from metanet_tf.experiments.report import PAPER, draw_curve, papers
from metanet_tf.experiments.runs import NeededRun, Runs, mnist_data, wanted_way

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BEFORE = "Omniglot, before MNIST"
_AFTER = "Omniglot, after MNIST"
_MNIST = "MNIST, training classes"
_DIFFERENCE = "Omniglot, points more than before"
# The paper's numbers, points and %: [accuracy][training tasks on MNIST].
_PAPER = {_DIFFERENCE: {7600: -1.7}, _MNIST: {2400: 72.0, 7600: 90.0}}

# Two-sided 95 % quantiles of Student's t for 2, 3, ... values.
_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def figure4(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Trains on Omniglot, then on MNIST with the same Z and G, and tests both.

    A run on MNIST of n tasks is the beginning of any longer one of the same seed, so
    each repeat is one run of which the model is kept every so many tasks.
    """
    n_way = wanted_way(config, 5)
    omniglot = runs.need(
        f"previous_mlp_{n_way}way", learner="mlp", n_way=n_way, class_split="previous"
    )
    measurements = [Measurement.of(omniglot, {"accuracy": _BEFORE})]
    for repeat in range(1, config.repeats + 1):
        mnist = _run_on_mnist(runs, omniglot, repeat, config)
        measurements += _measurements(mnist, omniglot)
    return Experiment(
        f"Figure 4: continual learning, {n_way}-way, {config.repeats} repeats",
        measurements,
        rows=_rows,
        draw=_draw,
        notes=[
            "In the paper the difference is +1.24 points at best, above 0 up to 2,400 "
            "tasks; MNIST's accuracy is over 90 % after 7,600.",
            "Intervals are over repeats (Student's t), of the first line over tasks.",
        ],
    )


def _run_on_mnist(
    runs: Runs, omniglot: NeededRun, repeat: int, config: ExperimentConfig
) -> NeededRun:
    """New W and Q, drawn from the repeat's seed; Z and G from the run on Omniglot."""
    settings = omniglot.config
    n_way, per_step = settings.episode.n_way, settings.training.episodes_per_step
    data = mnist_data(settings.data)
    return runs.need(
        f"mnist_after_previous_mlp_{n_way}way_{repeat}",
        learner="mlp",
        n_way=n_way,
        class_split="previous",
        dataset=data.dataset,
        rotations=data.rotations,
        reflections=data.reflections,
        validation_classes=data.validation_classes,
        meta_weights_from=settings.training.train_dir,
        seed=settings.training.seed + repeat,
        episodes_per_step=per_step,
        steps=math.ceil(config.mnist_tasks / per_step),
        minutes=None,
        snapshot_every=max(1, config.mnist_every // per_step),
        # A schedule would make a short run differ from the beginning of a long one.
        learning_rate_schedule="constant",
    )


def _measurements(mnist: NeededRun, omniglot: NeededRun) -> list[Measurement]:
    """Both accuracies after every so many tasks of a run on MNIST."""
    training = mnist.config.training
    every = training.snapshot_every or training.steps
    measurements = []
    for step in range(every, training.steps + 1, every):
        on_mnist = Measurement.of(
            mnist, {"accuracy": _MNIST}, split="training", step=step
        )
        on_omniglot = Measurement.of(
            mnist,
            {"accuracy": _AFTER},
            data=omniglot.config.data,
            task=omniglot.config.episode,
            step=step,
            change=meta_weights_into(omniglot),
        )
        measurements += [on_mnist, on_omniglot]
    return measurements


def _rows(results: Sequence[Result]) -> list[Row]:
    """The accuracy before MNIST; then, by tasks, means over the repeats."""
    if not results or _point(results[0])[0] != _BEFORE:
        return []
    before, *others = results
    rows = row_of_each([before])
    for tasks in sorted({result.training_episodes for result in others}):
        for name, shown, zero in (
            (_AFTER, _DIFFERENCE, before.accuracy.value),
            (_MNIST, _MNIST, 0.0),
        ):
            repeats = [r for r in others if _point(r) == (name, tasks)]
            if repeats:
                rows.append(_mean_row(repeats, shown, zero))
    return rows


def _point(result: Result) -> tuple[str | int, int]:
    return result.measurement.labels["accuracy"], result.training_episodes


def _mean_row(repeats: Sequence[Result], shown: str, zero: float) -> Row:
    tasks = repeats[0].training_episodes
    values = np.array([result.accuracy.value for result in repeats]) - zero
    seconds = np.mean([result.training_seconds for result in repeats])
    return Row(
        {"accuracy": shown},
        _PAPER[shown].get(tasks),
        _mean_over_repeats(values),
        tasks,
        float(seconds),
        ", ".join(str(result.seed) for result in repeats),
    )


def _mean_over_repeats(values: np.ndarray) -> Mean:
    """Mean and half-width of its 95 % interval; NaN for one value."""
    count = len(values)
    if count == 1:
        return Mean(float(values[0]), math.nan)
    quantile = _QUANTILES[min(count - 2, len(_QUANTILES) - 1)]
    half_width = quantile * values.std(ddof=1) / math.sqrt(count)
    return Mean(float(values.mean()), float(half_width))


def _draw(figure: "Figure", rows: Sequence[Row]) -> None:
    difference, mnist = figure.subplots(2, 1, sharex=True)
    _draw_curve(difference, [r for r in rows if r.labels["accuracy"] == _DIFFERENCE])
    difference.axhline(0.0, color="black", linewidth=0.8)
    difference.set(ylabel="change on Omniglot, points")
    _draw_curve(mnist, [r for r in rows if r.labels["accuracy"] == _MNIST])
    mnist.set(ylabel="accuracy on MNIST, %", xlabel="training tasks on MNIST")


def _draw_curve(axes: "Axes", rows: Sequence[Row]) -> None:
    draw_curve(axes, rows, "ours")
    tasks = [row.training_episodes for row in rows]
    axes.plot(tasks, papers(rows), "s", color=PAPER, label="paper")
    axes.legend()
