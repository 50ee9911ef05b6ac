import dataclasses

import numpy as np
import pytest
from absl import flags

from metanet_tf.config import (
    RUN_CONFIGS,
    preset_files,
    run_config_from_file,
    run_config_from_flags,
)
from metanet_tf.evaluation.accuracy import Evaluation, Mean
from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.pretrained.model_card import CardFacts, model_card
from metanet_tf.utils.flag_settings import define_flags

RESULTS = {
    "steps": 1200,
    "best_step": 1000,
    "seconds": 3000.0,
    "seed": 7,
    "versions": {"tensorflow": "2.21.0", "commit": "abc123"},
}


@pytest.fixture
def facts(config):
    accuracy = Mean(0.9512, 0.0123)
    return CardFacts(
        "tiny",
        "models/tiny",
        "Apache-2.0",
        config,
        1.25,
        RESULTS,
        [Evaluation(accuracy, accuracy, 0.9995, 0.0123, 400, 5, 1, np.eye(5))],
        [
            RejectionThreshold(
                5, 1, 0.91234, ErrorRates(0.1, 0.101), ErrorRates(0.12, 0.09)
            )
        ],
    )


@pytest.mark.parametrize(
    "line",
    [
        "# tiny",
        'classifier = OneShotClassifier.from_pretrained("models/tiny")  # its folder',
        "| tasks | 3-way 1-shot |",
        "1.25, was chosen on validation classes.",
        "| steps | 1,200; the best validated one, 1,000 |",
        "| time | 50.0 minutes |",
        "| seed | 7 |",
        "| TensorFlow, commit | 2.21.0, abc123 |",
        "| 5 | 1 | 95.12 ± 1.23 % | 95.12 ± 1.23 % | 99.95 % | 1.23 % | 400 |",
        "| 5 | 1 | 0.9123 | validation | 10.0 % | 10.1 % |",
        "| 5 | 1 | 0.9123 | test | 12.0 % | 9.0 % |",
        "Weights: Apache-2.0.",
    ],
)
def test_card_states_the_facts(facts, line):
    assert line in model_card(facts).splitlines()


def test_card_of_a_model_that_is_often_wrong_says_so(facts):
    assert "Do not rely" not in model_card(facts)
    (good,) = facts.evaluations
    weak = dataclasses.replace(good, accuracy=Mean(0.531, 0.01))
    card = model_card(dataclasses.replace(facts, evaluations=[good, weak]))
    assert "of a hundred pictures it names 47 wrong among 5 classes" in card
    assert "with one example each." in card


def test_card_has_the_command_that_trains_it_again(facts):
    card = model_card(facts)
    block = card[card.index("```\nbin/train") + 4 :].split("\n```")[0]
    values = flags.FlagValues()
    define_flags(RUN_CONFIGS, values)
    values(block.replace("\\\n", " ").split())
    again, config = run_config_from_flags(values), facts.config
    for part in ("episode", "model"):
        assert getattr(again, part) == getattr(config, part)
    assert again.training.steps == config.training.steps
    assert "_dir" not in block and max(map(len, block.splitlines())) <= 88


def test_card_tells_which_weights_training_began_with(facts, config):
    training = dataclasses.replace(config.training, weights_from="/home/me/first")
    begun = dataclasses.replace(config, training=training)
    card = model_card(dataclasses.replace(facts, config=begun))
    assert "--weights_from=runs/first" in card
    assert "/home/me" not in card


def test_card_names_the_model_that_ships_and_training_began_with(facts, config):
    training = dataclasses.replace(config.training, weights_from="omniglot")
    begun = dataclasses.replace(config, training=training)
    card = model_card(dataclasses.replace(facts, config=begun))
    assert "--weights_from=omniglot" in card


def test_card_names_the_data(facts, config):
    data = dataclasses.replace(
        config.data, dataset="omniglot", rotations=True, reflections=True
    )
    card = model_card(
        dataclasses.replace(facts, config=dataclasses.replace(config, data=data))
    )
    for part in (
        "Omniglot (Lake",
        "previous split",
        "with rotated",
        "with mirrored",
        "12 classes kept",
    ):
        assert part in card


def test_the_card_of_a_preset_names_it(facts):
    (preset,) = [file for file in preset_files() if file.name == "omniglot.flags"]
    config = run_config_from_file(preset)
    published = dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, data_dir="/somewhere"),
    )
    card = model_card(dataclasses.replace(facts, config=published))
    assert "\nbin/train --flagfile=omniglot.flags\n" in card
    other = dataclasses.replace(
        published, training=dataclasses.replace(config.training, seed=5)
    )
    assert "--flagfile" not in model_card(dataclasses.replace(facts, config=other))


def test_a_run_that_began_with_other_weights_is_not_the_presets(facts):
    (preset,) = [file for file in preset_files() if file.name == "omniglot.flags"]
    config = run_config_from_file(preset)
    training = dataclasses.replace(config.training, weights_from="/runs/earlier")
    config = dataclasses.replace(config, training=training)
    card = model_card(dataclasses.replace(facts, config=config))
    assert "--flagfile" not in card and "--weights_from=runs/earlier" in card


def test_card_without_thresholds_says_so_and_has_no_table_of_them(facts):
    card = model_card(dataclasses.replace(facts, rejections=[]))
    assert "\n## Unknown classes\n\nNo threshold was chosen: " in card
    assert "| threshold |" not in card and "Thresholds hold" not in card
    assert "No threshold" not in model_card(facts)


@pytest.mark.parametrize("preset", ["mini_imagenet.flags", "omniglot.flags"])
def test_command_of_the_card_says_where_pictures_are_that_the_user_brings(
    facts, preset
):
    (file,) = [file for file in preset_files() if file.name == preset]
    config = run_config_from_file(file)
    data = dataclasses.replace(config.data, data_dir="/home/me/my pictures")
    config = dataclasses.replace(config, data=data)
    card = model_card(dataclasses.replace(facts, config=config))
    command = f"bin/train --flagfile={preset}"
    if preset == "mini_imagenet.flags":
        command += " --data_dir='my pictures'"
    assert f"\n{command}\n" in card
