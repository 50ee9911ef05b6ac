import functools
import os
import pathlib
import re

import pytest

from metanet_tf import OneShotClassifier
from metanet_tf.config import DataConfig, EpisodeConfig
from metanet_tf.data import load_dataset
from metanet_tf.evaluation.accuracy import evaluate
from metanet_tf.model_source import PACKAGED
from metanet_tf.pretrained import pretrained_names, read_pretrained

NAMES = pretrained_names()
OF_PHOTOGRAPHS = "mini_imagenet"
OF_DRAWINGS = sorted({*NAMES} - {OF_PHOTOGRAPHS})
TASKS = 100
MAX_SIZE = 5 * 2**20
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def _card_accuracies(name):
    """1-shot accuracy by number of ways that the card states, in %."""
    card = (PACKAGED / name / "MODEL_CARD.md").read_text()
    rows = re.findall(r"^\| (\d+) \| 1 \| ([\d.]+) ± [\d.]+ % \|", card, flags=re.M)
    return {int(n_way): float(accuracy) for n_way, accuracy in rows}


@pytest.fixture(scope="module")
def omniglot(omniglot_data_dir):
    """Function: test classes of a shipped model's own split and preparation."""

    @functools.cache
    def load(data):
        return load_dataset(data.found_at(omniglot_data_dir)).test

    return lambda name: load(read_pretrained(name).config.data)


def _evaluate(name, classes, n_way, seed):
    task = EpisodeConfig(n_way=n_way, queries_per_class=5)
    model = read_pretrained(name).model
    return evaluate(model, classes, task, episodes=TASKS, seed=seed)


def test_models_of_the_readme_ship():
    readme = (REPOSITORY / "README.md").read_text()
    assert {*NAMES} == {*re.findall(r"^\| `(\w+)` \|.* MB \|$", readme, flags=re.M)}


@pytest.mark.parametrize("n_way", [2, 3, 5, 20])
@pytest.mark.parametrize("name", OF_DRAWINGS)
def test_model_reaches_on_omniglot_what_its_card_says(name, n_way, omniglot):
    found = _evaluate(name, omniglot(name), n_way, seed=1)
    # Twice the interval: these are other tasks than the card's.
    stated, slack = _card_accuracies(name)[n_way], 200 * found.accuracy.half_width
    assert abs(100 * found.accuracy.value - stated) < max(slack, 0.5)
    assert found.accuracy.value > found.attention_accuracy.value - 0.002
    assert found.self_accuracy >= 0.999
    if n_way <= 3:
        assert found.accuracy.value >= 0.99


@pytest.mark.parametrize("n_way, least", [(2, 0.9), (3, 0.85), (5, 0.75)])
@pytest.mark.parametrize("name", OF_DRAWINGS)
def test_model_knows_strokes_it_was_not_trained_on(name, n_way, least):
    preparation = read_pretrained(name).config.data.preparation
    glyphs = load_dataset(DataConfig(preparation=preparation)).test
    found = _evaluate(name, glyphs, n_way, seed=0)
    assert found.accuracy.value > least
    assert found.self_accuracy >= 0.999


def test_model_of_photographs_reaches_what_its_card_says():
    data_dir = os.environ.get("METANET_MINI_IMAGENET")
    if not data_dir:
        pytest.skip("Set METANET_MINI_IMAGENET to the folder of Mini-ImageNet.")
    data = read_pretrained(OF_PHOTOGRAPHS).config.data.found_at(data_dir)
    classes = load_dataset(data).test
    for n_way in (2, 5):
        found = _evaluate(OF_PHOTOGRAPHS, classes, n_way, seed=1)
        stated, slack = (
            _card_accuracies(OF_PHOTOGRAPHS)[n_way],
            found.accuracy.half_width,
        )
        assert abs(100 * found.accuracy.value - stated) < 200 * slack


def test_model_of_photographs_tells_colours_apart(photograph):
    colours = ["red", "green", "blue"]
    classifier = OneShotClassifier(OF_PHOTOGRAPHS)
    classifier.fit([photograph(colour, seed=0) for colour in colours], colours)
    asked = [photograph(colour, seed=1) for colour in colours]
    assert classifier.predict(asked).tolist() == colours


@pytest.mark.parametrize("name", NAMES)
def test_model_is_small(name):
    files = (PACKAGED / name).iterdir()
    assert sum(file.stat().st_size for file in files) <= MAX_SIZE
