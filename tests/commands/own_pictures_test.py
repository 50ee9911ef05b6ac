"""The whole way with pictures of one's own: train, publish, classify, export."""

import dataclasses
import pathlib
import re
import shlex

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from PIL import Image

from metanet_tf.commands.classify import classify
from metanet_tf.commands.export import export
from metanet_tf.commands.presets import with_preset_paths
from metanet_tf.commands.publish import publish
from metanet_tf.commands.train import train
from metanet_tf.config import (
    RUN_CONFIGS,
    ClassifyConfig,
    ExportConfig,
    PublishConfig,
    run_config_from_flags,
)
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import check_every_part
from metanet_tf.pretrained import read_pretrained
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.utils.flag_settings import define_flags

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CLASSES, PHOTOGRAPHS = 30, 12


@pytest.fixture(scope="module")
def top(tmp_path_factory):
    """A folder with 30 classes of 12 photographs, each class of a colour."""
    top = tmp_path_factory.mktemp("own")
    generator = np.random.default_rng(0)
    for index in range(CLASSES):
        colour = generator.integers(40, 216, 3)
        folder = top / "photographs" / f"kind_{index:02}"
        folder.mkdir(parents=True)
        for number in range(PHOTOGRAPHS):
            noise = generator.integers(-20, 20, [20, 30, 3])
            pixels = np.uint8(np.clip(colour + noise, 0, 255))
            Image.fromarray(pixels).save(folder / f"{number}.jpg", quality=95)
    return top


@pytest.fixture(scope="module")
def config(tiny_config, top):
    """Settings of a short training."""
    data = {
        **{"dataset": "image_folder", "data_dir": str(top / "photographs")},
        **{"cache_dir": str(top / "cache"), "channels": 3},
        **{"preparation": "photograph", "random_flip": True},
        **{"random_crop": 1.0, "random_colour": 0.2},
    }
    model = {"hidden_units": 16, "augmented_layers": 2, "attention_sharpness": 10.0}
    few = {"steps": 4, "validate_every": 2}
    few |= {"validation_episodes": 2, "test_episodes": 2}
    task = {"n_way": 5, "queries_per_class": 3}
    return tiny_config(**data, **task, **model, **few, train_dir=str(top / "run"))


@pytest.fixture(scope="module")
def published(top, config):
    """The folder of the model that was trained and published."""
    assert train(config) == 0
    publish(
        PublishConfig(
            model=str(top / "run"),
            name="mine",
            pretrained_dir=str(top / "models"),
            tasks="2x1,5x1",
            episodes=2,
            calibration_episodes=2,
        )
    )
    return top / "models" / "mine"


def test_model_has_a_card_and_thresholds_of_its_own(published):
    card = (published / "MODEL_CARD.md").read_text()
    assert "--data_dir=photographs" in card
    assert "It knows photographs, 16 x 16 pixels in colour" in card
    assert "--dataset=image_folder" in card
    assert [r.n_way for r in read_pretrained(published).rejections] == [2]


def test_training_begins_with_the_published_model(published, config, top):
    training = dataclasses.replace(
        config.training,
        train_dir=str(top / "further"),
        weights_from=str(published),
        steps=1,
        learning_rate=1e-9,
    )
    assert train(dataclasses.replace(config, training=training)) == 0
    further, _ = load_trained_model(top / "further")
    for new, old in zip(
        further.trainable_variables,
        read_pretrained(published).model.trainable_variables,
        strict=True,
    ):
        np.testing.assert_allclose(new, old, atol=1e-6)


@pytest.fixture(scope="module")
def examples(top):
    """A folder of one example of three classes."""
    for index in range(3):
        photograph = Image.open(top / "photographs" / f"kind_{index:02}" / "0.jpg")
        path = top / "examples" / f"kind_{index:02}.png"
        path.parent.mkdir(exist_ok=True)
        photograph.save(path)
    return top / "examples"


def test_model_classifies(published, examples, top, capsys):
    queries = [str(top / "photographs" / f"kind_{index:02}") for index in range(3)]
    settings = {"model": str(published), "support_dir": str(examples), "reject": False}
    classify(ClassifyConfig(**settings), queries)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("of 36 pictures of known class are named right.")


def test_export_of_taught_classes_takes_files(published, examples, top):
    export(
        ExportConfig(
            model=str(published),
            support_dir=str(examples),
            export_dir=str(top / "taught"),
        )
    )
    loaded = tf.saved_model.load(str(top / "taught" / "1"))
    content = (top / "photographs" / "kind_01" / "3.jpg").read_bytes()
    answer = loaded.signatures["serving_default"](pictures=tf.constant([content]))
    names = answer["class_names"].numpy()[0].tolist()
    assert names == [b"kind_00", b"kind_01", b"kind_02"]
    assert answer["probabilities"].numpy().sum() == pytest.approx(1, abs=1e-5)


def test_commands_of_the_page_have_room_in_the_smallest_set(tmp_path):
    """Six classes of six pictures, as the page says."""
    for index in range(36):
        path = tmp_path / "pictures" / str(index % 6) / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full([9, 9], index, np.uint8)).save(path)
    page = (REPOSITORY / "docs" / "own_data.md").read_text()
    commands = re.findall(r"^bin/train (.*?)\n```", page, re.DOTALL | re.MULTILINE)
    assert len(commands) == 3
    folders = {"data_dir": tmp_path / "pictures", "cache_dir": tmp_path / "cache"}
    for command in commands:
        arguments = shlex.split(command.replace("\\\n", " "))
        arguments += [f"--{name}={folder}" for name, folder in folders.items()]
        values = flags.FlagValues()
        define_flags(RUN_CONFIGS, values)
        values(with_preset_paths(["train", *arguments]))
        config = run_config_from_flags(values)
        check_every_part(
            load_dataset(config.data), config.largest_episode, config.evaluation_episode
        )
