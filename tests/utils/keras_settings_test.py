"""Settings that a user has made for other programs change nothing here."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import metanet_tf
from metanet_tf.config import ModelConfig
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.training.step import TrainStep, make_optimizer
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.keras_settings import check_backend

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Every kind of layer.
MODEL = ModelConfig(
    filters=4,
    blocks=3,
    hidden_units=8,
    generator_units=4,
    augmented_layers=3,
    normalization="batch",
)


def _set_keras(floatx, data_format, policy):
    keras.config.set_floatx(floatx)
    keras.config.set_image_data_format(data_format)
    keras.config.set_dtype_policy(policy)


@pytest.fixture
def set_keras():
    """Function: makes settings of Keras that end with the test."""
    yield _set_keras
    _set_keras("float32", "channels_last", "float32")


def _trained(config, classes):
    """A model and its optimizer's learning rate after one step."""
    model = make_model(config)
    optimizer = make_optimizer(config.training)
    optimizer.build(model.trainable_variables)
    step = TrainStep(model, optimizer, config.training, tf.distribute.get_strategy())
    episodes = episode_dataset(classes, config.episode, seed=0).batch(1)
    step(next(iter(episodes)))
    return model, optimizer.learning_rate


@pytest.mark.parametrize("policy", ["float16", "mixed_float16", "float64"])
def test_a_users_types_and_data_format_change_no_bit(
    make_config, classes, set_keras, tmp_path, policy
):
    config = dataclasses.replace(make_config(), model=MODEL)
    expected, rate = _trained(config, classes)
    expected.save_weights(tmp_path / "model.weights.h5")
    set_keras("float16", "channels_first", policy)
    model, same_rate = _trained(config, classes)
    assert (same_rate.dtype, float(same_rate)) == (rate.dtype, float(rate))
    assert keras.config.floatx() == "float16"
    copy = make_model(config)
    copy.load_weights(tmp_path / "model.weights.h5")
    for new, read, old in zip(
        model.variables, copy.variables, expected.variables, strict=True
    ):
        np.testing.assert_array_equal(new, old, err_msg=old.path)
        np.testing.assert_array_equal(read, old, err_msg=old.path)


@pytest.fixture
def keras_json(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "keras.json"


@pytest.mark.parametrize(
    "content", [None, "", "[1]", "{}", '{"backend": "tensorflow"}']
)
def test_tensorflow_is_good(keras_json, content):
    if content is not None:
        keras_json.write_text(content)
    check_backend()


def test_other_backend_is_named_with_its_source(keras_json, monkeypatch):
    keras_json.write_text(json.dumps({"backend": "torch"}))
    with pytest.raises(InputError, match=r"torch, from .*keras\.json"):
        check_backend()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(InputError, match="jax, from the environment variable KERAS_"):
        _ = metanet_tf.MetaNet
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    check_backend()


@pytest.mark.parametrize("name", ["train", "classify", "serve", "demo"])
def test_command_tells_another_backend_in_one_line(name):
    result = subprocess.run(
        [sys.executable, f"bin/{name}"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Keras's backend must be tensorflow")
