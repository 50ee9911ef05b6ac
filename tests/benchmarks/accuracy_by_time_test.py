import json
import pathlib
import subprocess

import pytest

from benchmarks import accuracy_by_time as script
from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.data import load_dataset
from metanet_tf.evaluation.accuracy import evaluate
from metanet_tf.training.trained_model import load_snapshot
from metanet_tf.utils.errors import InputError


def _run(*accuracies):
    points = [
        {
            "seconds": 60.0 * place,
            "steps": 100 * place,
            "accuracy": accuracy,
            "half_width": 0.003,
            "episodes": 400,
        }
        for place, accuracy in enumerate(accuracies, start=1)
    ]
    return {"test": points}


RESULTS = {
    script.METANET: {"0": _run(0.90, 0.96), "1": _run(0.92, 0.98)},
    script.PEER: {"0": _run(0.80, 0.93), "1": _run(0.82, 0.95)},
}


def test_table_has_means_and_who_was_first():
    assert script.table(RESULTS).splitlines() == [
        "| | MetaNet | Prototypical Networks |",
        "|---|---|---|",
        "| after 60 and 60 s | 91.00 (90.00 to 92.00) | 81.00 (80.00 to 82.00) |",
        "| after 120 and 120 s | 97.00 (96.00 to 98.00) | 94.00 (93.00 to 95.00) |",
        "",
        "20-way accuracy on test classes in %: mean, lowest and highest of 2 seeds, "
        "400 tasks each",
        "(95 % interval of one seed's last test: ± 0.30).",
        # From 91 to 97 in 60 s: 94 after 90 s.
        "MetaNet reached the other's last 94.00 % after 90 s, 0.75 of its time.",
    ]


@pytest.mark.parametrize(
    ("accuracy", "seconds"), [(0.5, 60.0), (0.81, 60.0), (0.875, 90.0), (0.99, None)]
)
def test_time_to_an_accuracy_is_interpolated(accuracy, seconds):
    curve = script.mean_curve(RESULTS[script.PEER])
    found = script.seconds_to(curve, accuracy)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_finished_runs_are_not_repeated(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "train_metanet", pytest.fail)
    monkeypatch.setattr(script, "train_peer", pytest.fail)
    for name, runs in RESULTS.items():
        for seed, run in runs.items():
            file = tmp_path / f"{name.lower().replace(' ', '_')}_{seed}.json"
            file.write_text(json.dumps(run))
    page = tmp_path / "page.md"
    page.write_text("Before.\n\n{}\nOld.\n{}\n\nAfter.\n".format(*script.MARKS))
    config = script.ComparisonConfig(
        seeds="0,1",
        runs_dir=str(tmp_path),
        json=str(tmp_path / "all.json"),
        picture=str(tmp_path / "figure.png"),
        page=str(page),
    )
    assert script.compare(config) == RESULTS
    assert json.loads((tmp_path / "all.json").read_text()) == RESULTS
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    table = script.table(RESULTS)
    assert table in capsys.readouterr().out
    begin, end = script.MARKS
    assert page.read_text() == f"Before.\n\n{begin}\n\n{table}\n\n{end}\n\nAfter.\n"


def test_metanets_points_are_models_of_equal_parts_of_its_steps(tmp_path, monkeypatch):
    preset = RunConfig(
        DataConfig(),
        EpisodeConfig(n_way=2, queries_per_class=1),
        ModelConfig(learner="mlp", hidden_units=4, augmented_layers=1),
        TrainingConfig(),
    )
    monkeypatch.setattr(script, "_preset", lambda config: preset)
    monkeypatch.setattr(script, "_NEVER", 12)
    monkeypatch.setattr(script, "_SNAPSHOT_EVERY", 2)
    config = script.ComparisonConfig(minutes=5.0, points=3, episodes=2)
    result = script.train_metanet(config, 1, tmp_path / "metanet_1.json")
    assert result["settings"]["training"]["seed"] == 1
    curve = result["test"]
    assert [point["steps"] for point in curve] == [4, 8, 12]
    seconds = [point["seconds"] for point in curve]
    assert seconds == sorted(seconds) and seconds[0] > 0
    model, _ = load_snapshot(tmp_path / "metanet_1", 8)
    classes = load_dataset(DataConfig()).test
    expected = evaluate(model, classes, script.TASK, episodes=2, seed=0).accuracy
    assert curve[1]["accuracy"] == pytest.approx(expected.value)


def test_the_peer_gets_the_same_images(tmp_path, monkeypatch):
    seen = []

    def run(command):
        seen.extend(command)
        file = next(x for x in command if x.startswith("--json=")).partition("=")[2]
        pathlib.Path(file).write_text(json.dumps(RESULTS[script.PEER]["0"]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(script.subprocess, "run", run)
    config = script.ComparisonConfig(data_dir="data", peer_arguments="--n_way=30")
    result = script.train_peer(config, 2, tmp_path / "peer_2.json")
    assert result == RESULTS[script.PEER]["0"]
    data = script._preset(config).data
    assert f"--preparation={data.preparation}" in seen
    assert f"--distortion={data.distortion}" in seen
    assert {"--data_dir=data", "--seed=2", "--test_n_way=20", "--n_way=30"} < set(seen)


def test_a_peer_that_fails_ends_the_comparison(tmp_path, monkeypatch):
    monkeypatch.setattr(
        script.subprocess,
        "run",
        lambda command: subprocess.CompletedProcess(command, 2),
    )
    with pytest.raises(InputError, match="train to its end.*exit code 2"):
        script.train_peer(script.ComparisonConfig(), 0, tmp_path / "peer_0.json")
