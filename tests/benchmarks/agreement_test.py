import dataclasses
import json
import pathlib

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="needs the extra `litert`")

from benchmarks import agreement  # noqa: E402
from metanet_tf.data.pictures import read_pixels  # noqa: E402
from metanet_tf.pretrained import save_pretrained  # noqa: E402
from metanet_tf.training.trained_model import make_model  # noqa: E402


@pytest.fixture
def config(tiny_config, tmp_path):
    """Two tasks for a small model whose untrained answers differ clearly."""
    run = tiny_config(hidden_units=16)
    model = make_model(run)
    for variable in model.variables:
        variable.assign(4.0 * variable)
    save_pretrained(model, run, tmp_path / "tiny")
    return agreement.AgreementConfig(
        model=str(tmp_path / "tiny"),
        picture_size=28,
        n_way=4,
        episodes=2,
        json=str(tmp_path / "agreement.json"),
    )


def test_tasks_are_files_of_dark_ink_on_white_paper(config):
    task = next(agreement.draw_tasks(config))
    names = ["class 0", "class 1", "class 2", "class 3"]
    assert sorted(task.example_names) == names
    assert len(task.queries) == len(task.query_names) == 20
    for picture in task.queries:
        pixels = read_pixels(picture)
        assert pixels.shape == (28, 28, 4)
        assert np.median(pixels[..., 0]) == 255 and pixels[..., 0].min() < 64


def test_accuracy_and_agreement_are_those_of_the_answers():
    truths = [np.array(["a", "b"]), np.array(["b", "a"])]
    answers = [
        {agreement.REFERENCE: ["a", "b"], "REST": ["a", "a"]},
        {agreement.REFERENCE: ["a", "a"], "REST": ["b", "a"]},
    ]
    results = agreement._compared(answers, truths)
    reference, rest = results[agreement.REFERENCE], results["REST"]
    assert (reference["accuracy"], reference["same"]) == (0.75, 1.0)
    assert (rest["accuracy"], rest["same"]) == (0.75, 0.5)


@pytest.mark.slow
def test_all_give_the_same_answers(config):
    agreement.compare(config)
    content = json.loads(pathlib.Path(config.json).read_text())
    assert [result["same"] for result in content["results"].values()] == 4 * [1.0]
    assert content["results"]["LiteRT"]["kib"] > 10
    assert dataclasses.asdict(config).items() <= content["settings"].items()
