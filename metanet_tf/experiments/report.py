"""Writes an experiment's results: results.json, table.md and a figure."""

import dataclasses
import math
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metanet_tf.evaluation.accuracy import Mean
from metanet_tf.experiments.experiment import Experiment, Result, Row
from metanet_tf.figures import new_figure
from metanet_tf.utils.files import write_aside, write_json, write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS, PAPER = "#2a6f9d", "#b0b0b0"  # colours of measured and of printed numbers
_COLUMNS = ("paper", "ours", "training tasks", "training seconds", "seed")


class Report:
    """The files of an experiment in a folder.

    Args:
        experiment: whose results they hold.
        folder: where they are, made if it is missing.
        facts: what results.json says about their making.
    """

    def __init__(
        self, experiment: Experiment, folder: pathlib.Path, facts: dict[str, Any]
    ) -> None:
        self._experiment = experiment
        self._facts = facts
        self.results_file = folder / "results.json"
        self.table_file = folder / "table.md"
        self.plot_file = folder / "plot.png"

    def write(self, results: Sequence[Result]) -> None:
        """Writes the files anew with the results that are there.

        Raises:
            OSError: if one of them cannot be written.
        """
        rows = self._experiment.rows(results)
        content = {
            "title": self._experiment.title,
            "rows": [_row_content(row) for row in rows],
            "results": [_result_content(result) for result in results],
            **self._facts,
        }
        write_json(self.results_file, content)
        write_text(self.table_file, markdown(self._experiment, rows, self._facts))
        if self._experiment.draw and rows:
            self._draw(rows)

    def _draw(self, rows: Sequence[Row]) -> None:
        figure = new_figure(width=7.0, height=5.0)
        if self._experiment.draw:
            self._experiment.draw(figure, rows)
        figure.suptitle(self._experiment.title, fontsize=10)
        with write_aside(self.plot_file) as aside:
            figure.savefig(aside, format="png")


def markdown(experiment: Experiment, rows: Sequence[Row], facts: dict[str, Any]) -> str:
    """The table with its title above and its notes below."""
    names = list(rows[0].labels) if rows else []
    lines = [f"# {experiment.title}", ""]
    lines += [_line([*names, *_COLUMNS]), _line(["---"] * (len(names) + len(_COLUMNS)))]
    lines += [_line([*map(str, row.labels.values()), *_cells(row)]) for row in rows]
    lines += ["", "1-shot accuracy in % with 95 % intervals."]
    lines += [f"\n{note}" for note in experiment.notes]
    lines += ["", f"    {facts['command']}"]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> list[str]:
    return [
        "–" if row.paper is None else f"{row.paper:g}",
        _accuracy(row.ours),
        f"{row.training_episodes:,}",
        f"{row.training_seconds:,.0f}",
        row.seed,
    ]


def _accuracy(mean: Mean) -> str:
    value = f"{100 * mean.value:.2f}"
    if math.isnan(mean.half_width):
        return value
    return f"{value} ± {100 * mean.half_width:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row_content(row: Row) -> dict[str, Any]:
    # JSON has no NaN.
    half_width = None if math.isnan(row.ours.half_width) else row.ours.half_width
    return row._asdict() | {"ours": row.ours.value, "half_width": half_width}


def _result_content(result: Result) -> dict[str, Any]:
    measurement = result.measurement
    return result._asdict() | {
        "measurement": {
            "run": measurement.run.name,
            "train_dir": measurement.run.config.training.train_dir,
            "labels": dict(measurement.labels),
            "task": dataclasses.asdict(measurement.task),
            "dataset": measurement.data.dataset,
            "split": measurement.split,
            "step": measurement.step,
            "change": measurement.change and measurement.change.name,
            "paper": measurement.paper,
        },
        "accuracy": result.accuracy._asdict(),
        "attention_accuracy": result.attention_accuracy._asdict(),
    }


def draw_curve(axes: "Axes", rows: Sequence[Row], label: str) -> None:
    """Draws measured accuracies over the training tasks, with their intervals."""
    axes.errorbar(
        [row.training_episodes for row in rows],
        percent(rows),
        half_widths(rows),
        marker="o",
        capsize=2,
        label=label,
    )
    axes.grid(alpha=0.3)


def percent(rows: Sequence[Row]) -> np.ndarray:
    """Measured accuracies in %."""
    return np.array([100.0 * row.ours.value for row in rows])


def half_widths(rows: Sequence[Row]) -> np.ndarray:
    """Half-widths of the 95 % intervals in %, 0 where there is no interval."""
    return np.nan_to_num([100.0 * row.ours.half_width for row in rows])


def papers(rows: Sequence[Row]) -> np.ndarray:
    """The paper's numbers, NaN where it has none: those are not drawn."""
    return np.array([np.nan if row.paper is None else row.paper for row in rows])
