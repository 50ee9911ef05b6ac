"""Figure 5: trained on Omniglot, tested on MNIST."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments.experiment import Experiment, Measurement, Row
from metanet_tf.experiments.report import OURS, PAPER, half_widths, papers, percent
from metanet_tf.experiments.runs import Runs, mnist_data, wanted_way
from metanet_tf.experiments.tables import VARIANTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The paper does not say how many ways it trained on; it tests on all ten digits.
_DIGITS = 10
_BAR_WIDTH = 0.38
# The paper's numbers in %.
_PAPER = {"metanet_minus": 71.6, "metanet": 74.8, "metanet_plus": 72.3}


def figure5(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Tests each variant's run on Omniglot on tasks of all ten digits."""
    n_way = wanted_way(config, _DIGITS)
    measurements = []
    for variant, accuracy in _PAPER.items():
        run = runs.on_omniglot(n_way, variant)
        measurement = Measurement(
            run,
            {"model": VARIANTS[variant], "trained on": f"{n_way}-way"},
            data=mnist_data(run.config.data),
            task=dataclasses.replace(run.config.episode, n_way=_DIGITS),
            paper=accuracy,
        )
        measurements.append(measurement)
    return Experiment(
        "Figure 5: trained on Omniglot, tested on MNIST, 10-way",
        measurements,
        draw=_draw,
    )


def _draw(figure: "Figure", rows: Sequence[Row]) -> None:
    axes = figure.subplots()
    places = np.arange(len(rows))
    left, right = places - _BAR_WIDTH / 2, places + _BAR_WIDTH / 2
    axes.bar(left, papers(rows), _BAR_WIDTH, color=PAPER, label="paper")
    axes.bar(right, percent(rows), _BAR_WIDTH, color=OURS, label="ours")
    axes.errorbar(right, percent(rows), half_widths(rows), fmt="none", color="black")
    axes.set_xticks(places, labels=[str(row.labels["model"]) for row in rows])
    axes.set(ylabel="accuracy, %", ylim=(0, 100))
    axes.legend()
