"""A model of photographs: every way in prepares them as in training, in colour."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.config import (
    DataConfig,
)
from metanet_tf.data.preparation import prepare_training
from metanet_tf.one_shot.classifier import OneShotClassifier
from metanet_tf.pretrained import read_pretrained, save_pretrained
from metanet_tf.training.trained_model import make_model

DATA = DataConfig(image_size=16, channels=3, preparation="photograph")
NAMES = ("blue", "green", "red")


@pytest.fixture(scope="module")
def folder(tiny_config, tmp_path_factory):
    """Folder of a pretrained model whose untrained answers differ clearly."""
    config = tiny_config(
        **dataclasses.asdict(DATA),
        hidden_units=16,
        representation_activation="linear",
    )
    model = make_model(config)
    for variable in model.variables:
        variable.assign(4.0 * variable)
    folder = tmp_path_factory.mktemp("photographs") / "mine"
    save_pretrained(model, config, folder)
    return folder


@pytest.fixture(scope="module")
def photograph():
    """Function: uint8 [20, 30, 3] of a colour with a little noise."""

    def photograph(name, seed=0):
        colour = 40 + 160 * (np.array(["red", "green", "blue"]) == name)
        noise = np.random.default_rng(seed).integers(-30, 30, [20, 30, 3])
        return np.uint8(np.clip(colour + noise, 0, 255))

    return photograph


@pytest.fixture(scope="module")
def taught(folder, photograph):
    classifier = OneShotClassifier(folder)
    return classifier.fit([photograph(name) for name in NAMES], list(NAMES))


def test_folder_of_a_model_says_that_it_is_of_photographs(folder):
    pretrained = read_pretrained(folder)
    assert pretrained.config.data.channels == 3
    assert pretrained.config.data.preparation == "photograph"
    assert pretrained.model.image_shape == (16, 16, 3)


def test_colours_are_told_apart(taught, photograph):
    queries = [photograph(name, seed=1) for name in NAMES]
    # What b makes of it without training is chance; u sees the colour.
    assert np.argmax(taught.attention(queries), axis=1).tolist() == [0, 1, 2]


def test_images_are_those_of_training(taught, photograph):
    picture = photograph("red")
    opaque = np.dstack([picture, np.full([20, 30], 255, np.uint8)])
    training = prepare_training(tf.constant(opaque[np.newaxis]), DATA, "detect")
    image = taught.prepare([picture]).images
    np.testing.assert_allclose(image, training.numpy() / 255, atol=0.5 / 255 + 1e-6)


def test_black_photograph_is_not_blank(taught):
    answer = taught.answer([np.zeros([20, 20, 3], np.uint8)])
    assert answer.is_blank.tolist() == [False]


def test_savedmodel_prepares_files_alike(taught, photograph, tmp_path):
    path = tmp_path / "photograph.png"
    Image.fromarray(photograph("green", seed=2)).save(path)
    loaded = tf.saved_model.load(str(taught.export(tmp_path / "export")))
    answer = loaded.signatures["serving_default"](
        pictures=tf.constant([path.read_bytes()])
    )
    assert answer["class"].numpy().tolist() == [b"green"]
    expected = taught.predict_proba([path])
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)
    assert answer["is_blank"].numpy().tolist() == [False]


def test_litert_file_takes_colours(taught, tmp_path):
    version = taught.export(tmp_path / "export", litert=True)
    assert (version / "model.tflite").stat().st_size > 0


def test_explanation_shows_colours(taught, photograph):
    axes = taught.explain([photograph("red")]).axes[0]
    assert axes.images[0].get_array().shape == (16, 16, 3)
