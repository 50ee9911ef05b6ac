"""A tiny untrained model with its settings."""

import pytest

from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.training.trained_model import make_model


@pytest.fixture
def config(tmp_path):
    return RunConfig(
        DataConfig(image_size=8, validation_classes=12, data_dir=str(tmp_path)),
        EpisodeConfig(n_way=3, queries_per_class=2),
        ModelConfig(learner="mlp", hidden_units=8, generator_units=4),
        TrainingConfig(train_dir=str(tmp_path / "run"), seed=7),
    )


@pytest.fixture
def model(config):
    return make_model(config)
