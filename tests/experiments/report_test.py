import json
import math
import pathlib

import pytest

from metanet_tf.evaluation.accuracy import Mean
from metanet_tf.experiments.experiment import Experiment, Measurement, Result
from metanet_tf.experiments.figure3 import _draw as draw_curves
from metanet_tf.experiments.report import Report

FACTS = {"command": "experiment --name=table1"}


@pytest.fixture
def results(make_runs):
    """One result with a number of the paper and one without either."""
    run = make_runs().on_omniglot(5)
    return [
        Result(
            Measurement.of(run, {"model": "MetaNet", "ways": 5}, paper=98.95),
            Mean(0.9625, 0.0051),
            Mean(0.95, 0.01),
            20000,
            1305.5,
            0,
        ),
        Result(
            Measurement.of(run, {"model": "MetaNet", "ways": 10}),
            Mean(0.9, math.nan),
            Mean(0.95, math.nan),
            400,
            7.0,
            3,
        ),
    ]


def test_table_holds_the_papers_number_beside_ours(results, tmp_path):
    measurements = [result.measurement for result in results]
    experiment = Experiment("Table 1", measurements, notes=["A note."])
    Report(experiment, tmp_path, FACTS).write(results)
    assert (tmp_path / "table.md").read_text() == (
        "# Table 1\n"
        "\n"
        "| model | ways | paper | ours | training tasks | training seconds | seed |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| MetaNet | 5 | 98.95 | 96.25 ± 0.51 | 20,000 | 1,306 | 0 |\n"
        "| MetaNet | 10 | – | 90.00 | 400 | 7 | 3 |\n"
        "\n"
        "1-shot accuracy in % with 95 % intervals.\n"
        "\n"
        "A note.\n"
        "\n"
        "    experiment --name=table1\n"
    )
    assert not (tmp_path / "plot.png").exists()


def test_results_are_json_that_any_reader_takes(results, tmp_path):
    experiment = Experiment("Table 1", [result.measurement for result in results])
    Report(experiment, tmp_path, FACTS).write(results[:1])
    content = json.loads((tmp_path / "results.json").read_text())
    assert content["command"] == FACTS["command"]
    (row,) = content["rows"]
    assert (row["paper"], row["ours"], row["half_width"]) == (98.95, 0.9625, 0.0051)
    (result,) = content["results"]
    assert result["measurement"]["run"] == "tiny_previous_metanet_5way"
    assert result["attention_accuracy"]["value"] == 0.95


def test_interval_that_is_not_there_is_null(results, tmp_path):
    experiment = Experiment("Table 1", [], rows=lambda _: [])
    report = Report(experiment, tmp_path, FACTS)
    report.write([])
    experiment = Experiment("Table 1", [results[1].measurement])
    Report(experiment, tmp_path, FACTS).write(results[1:])
    assert "NaN" not in pathlib.Path(tmp_path / "table.md").read_text()
    (row,) = json.loads((tmp_path / "results.json").read_text())["rows"]
    assert row["half_width"] is None


def test_figure_is_drawn(make_runs, results, tmp_path):
    run = make_runs().on_omniglot(5)
    measurement = Measurement.of(run, {"base learner": "trained b"})
    experiment = Experiment("Figure 3", [measurement], draw=draw_curves)
    Report(experiment, tmp_path, FACTS).write(
        [results[0]._replace(measurement=measurement)]
    )
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
