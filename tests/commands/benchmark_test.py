import json

import pytest

from metanet_tf.commands.benchmark import benchmark
from metanet_tf.config import BenchmarkConfig, ModelConfig
from metanet_tf.speed import comparison
from metanet_tf.utils.errors import InputError

SMALL = {"learner": "mlp", "hidden_units": 8, "generator_units": 4}
QUICK = {"repeats": 3, "seconds": 0.0, "n_way": "2", "augmented": "2"}


def test_figures_are_shown_and_written(tmp_path, capsys, monkeypatch):
    # Large matrices take long beside a small model.
    monkeypatch.setattr(comparison, "matrix_product_rate", lambda: 1e11)
    file = tmp_path / "benchmark.json"
    config = BenchmarkConfig(**QUICK, queries="1,2", json=str(file))
    benchmark(config, ModelConfig(**SMALL))

    shown = capsys.readouterr().out
    for title in ("Classification of a task", "Training step", "Plain reference"):
        assert f"\n{title}" in shown
    assert shown.count("whole step") == 1

    record = json.loads(file.read_text())
    for part, count in {"training": 2, "parts": 1, "reference": 1}.items():
        assert len(record[part]) == count, part
    step = record["training"][0]
    assert step["case"]["model"]["hidden_units"] == 8
    assert (step["rate"], step["cost"]["runs"]) == (1e11, 3)
    assert record["config"]["n_way"] == "2"
    assert record["machine"]["cores"] >= 1
    assert "tensorflow" in record["versions"]


def test_more_queries_than_there_are_images_are_refused():
    config = BenchmarkConfig(**QUICK, queries="20")
    with pytest.raises(InputError, match=r"`k_shot \+ queries_per_class` must be"):
        benchmark(config, ModelConfig(**SMALL))
