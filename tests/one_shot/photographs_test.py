"""A model of photographs: every way in prepares them as in training, in colour."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.config import DataConfig
from metanet_tf.data.preparation import prepare_training
from metanet_tf.one_shot.classifier import OneShotClassifier
from metanet_tf.pretrained import read_pretrained

DATA = DataConfig(image_size=16, channels=3, preparation="photograph")
NAMES = ("blue", "green", "red")


@pytest.fixture(scope="module")
def taught(photograph_model_dir, photograph):
    classifier = OneShotClassifier(photograph_model_dir)
    return classifier.fit([photograph(name) for name in NAMES], list(NAMES))


def test_folder_of_a_model_says_that_it_is_of_photographs(photograph_model_dir):
    pretrained = read_pretrained(photograph_model_dir)
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


def test_litert_file_answers_about_prepared_colours(taught, photograph, tmp_path):
    version = taught.export(tmp_path / "export", litert=True)
    interpreter = tf.lite.Interpreter(str(version / "model.tflite"))
    image = taught.prepare([photograph("green", seed=2)]).images
    answer = interpreter.get_signature_runner()(images=image)
    expected = taught.predict_proba([photograph("green", seed=2)])
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-4)
    assert not answer["is_blank"]


def test_export_knows_that_it_is_of_photographs(taught, photograph, tmp_path):
    export = taught.export(tmp_path / "export")
    again = OneShotClassifier(export)
    again.fit([photograph(name) for name in NAMES], list(NAMES))
    queries = [photograph("blue", seed=1), np.zeros([9, 9, 3], np.uint8)]
    np.testing.assert_allclose(
        again.predict_proba(queries), taught.predict_proba(queries), atol=1e-5
    )
    assert not again.answer(queries).is_blank.any()


def test_explanation_shows_colours(taught, photograph):
    axes = taught.explain([photograph("red")]).axes[0]
    assert axes.images[0].get_array().shape == (16, 16, 3)
    assert axes.images[0].cmap.name == "gray"  # Not of ink, were it without colours.
