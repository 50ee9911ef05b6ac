"""A run's folder with a validated model, made without training."""

import pytest

from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.pretrained import save_pretrained
from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model, make_model


@pytest.fixture
def run_folder(tmp_path):
    config = RunConfig(
        DataConfig(image_size=16),
        EpisodeConfig(n_way=3, k_shot=2, queries_per_class=4),
        ModelConfig(filters=4, hidden_units=8, generator_units=4),
        TrainingConfig(train_dir=str(tmp_path / "run")),
    )
    folder = RunFolder(config.training.train_dir)
    folder.prepare(config, {})
    save_best(make_model(config), folder, step=1)
    return folder


@pytest.fixture
def pretrained_dir(run_folder, tmp_path):
    """The run's model as a pretrained one."""
    folder = tmp_path / "pretrained" / "tiny"
    save_pretrained(*load_trained_model(str(run_folder.path)), folder)
    return folder
