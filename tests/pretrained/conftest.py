"""A tiny untrained model with its settings."""

import pytest

from metanet_tf.training.trained_model import make_model


@pytest.fixture
def config(tiny_config, tmp_path):
    places = {"data_dir": str(tmp_path), "train_dir": str(tmp_path / "run")}
    few = {"image_size": 8, "validation_classes": 12, "queries_per_class": 2}
    return tiny_config(**places, **few, seed=7)


@pytest.fixture
def model(config):
    return make_model(config)
