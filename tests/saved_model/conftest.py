"""A model small enough to be exported in a test."""

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.model import MetaNet
from metanet_tf.saved_model import export_model
from metanet_tf.saved_model.classifier_module import ClassifierModule


@pytest.fixture(scope="session")
def tiny_model():
    config = ModelConfig(filters=4, hidden_units=8, generator_units=4)
    model = MetaNet(config, n_way=3, image_shape=(16, 16, 1))
    for variable in model.variables:  # Answers differ clearly without training.
        variable.assign(10.0 * variable)
    return model


@pytest.fixture(scope="session")
def classifier(tiny_model):
    return ClassifierModule(tiny_model)


@pytest.fixture(scope="session")
def exported(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "export"
    export_model(tiny_model, str(folder))
    return folder


@pytest.fixture(scope="session")
def images():
    """Function: float32 [count, 16, 16, 1] in [0, 1], the same for the same seed."""

    def draw(count, seed=0):
        values = np.random.default_rng(seed).random([count, 16, 16, 1])
        return tf.constant(values, tf.float32)

    return draw
