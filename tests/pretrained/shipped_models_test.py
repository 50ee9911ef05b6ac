import re

import pytest

from metanet_tf.config import DataConfig, EpisodeConfig
from metanet_tf.datasets import load_dataset
from metanet_tf.evaluation import evaluate
from metanet_tf.pretrained import pretrained_names, read_pretrained
from metanet_tf.pretrained.model_folder import PACKAGED

NAMES = pretrained_names()
TASKS = 100
LARGEST = 5 * 2**20
# Pixel nearest neighbours reach 52 % of 5-way tasks of glyphs.
LEAST_ON_GLYPHS = 0.7


def _card_accuracies(name):
    """Accuracy by number of ways that the card states, in %."""
    card = (PACKAGED / name / "MODEL_CARD.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([\d.]+) ± [\d.]+ % \|", card, flags=re.MULTILINE)
    return {int(n_way): float(accuracy) for n_way, accuracy in rows}


def test_models_of_the_readme_ship():
    assert {*NAMES} == {"omniglot_5way", "omniglot_20way", "omniglot_any_pen"}


@pytest.mark.parametrize("name", NAMES)
def test_model_reaches_on_omniglot_what_its_card_says(name, omniglot_data_dir):
    pretrained = read_pretrained(name)
    data = pretrained.config.data
    classes = load_dataset(
        DataConfig(
            dataset="omniglot",
            data_dir=omniglot_data_dir,
            class_split=data.class_split,
            validation_classes=data.validation_classes,
        )
    ).test
    expected = _card_accuracies(name)
    assert expected
    for n_way, stated in expected.items():
        task = EpisodeConfig(n_way=n_way, queries_per_class=5)
        accuracy = evaluate(
            pretrained.model, classes, task, episodes=TASKS, seed=1
        ).accuracy
        # Twice the interval: these are other tasks than the card's.
        assert abs(100 * accuracy.value - stated) < 200 * accuracy.half_width


@pytest.mark.parametrize("name", NAMES)
def test_model_knows_strokes_it_was_not_trained_on(name):
    task, classes = EpisodeConfig(n_way=5), load_dataset(DataConfig()).test
    model = read_pretrained(name).model
    accuracy = evaluate(model, classes, task, episodes=TASKS, seed=0).accuracy
    assert accuracy.value > LEAST_ON_GLYPHS


@pytest.mark.parametrize("name", NAMES)
def test_model_is_small(name):
    files = (PACKAGED / name).iterdir()
    assert sum(file.stat().st_size for file in files) <= LARGEST
