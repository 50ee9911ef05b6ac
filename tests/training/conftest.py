"""A run small enough to be traced and trained in seconds."""

import numpy as np
import pytest

from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.datasets.image_classes import ImageClasses


@pytest.fixture
def make_config(small_config, tmp_path):
    """Settings of a small run in the test's folder, unless they say otherwise."""
    train_dir = str(tmp_path / "run")
    return lambda **training: small_config(**{"train_dir": train_dir} | training)


@pytest.fixture(scope="session")
def small_config():
    """Settings of a small run; keywords change those of training."""

    def make(**training):
        settings = {
            "seed": 1,
            "validation_episodes": 2,
            "test_episodes": 2,
            "attention_loss_weight": 1.0,
        }
        return RunConfig(
            DataConfig(image_size=8, validation_classes=3),
            EpisodeConfig(n_way=3, queries_per_class=2),
            ModelConfig(
                learner="mlp",
                hidden_units=8,
                generator_units=4,
                augmented_layers=2,
                attention_sharpness=10.0,
            ),
            TrainingConfig(**settings | training),
        )

    return make


@pytest.fixture(scope="session")
def classes():
    """Twelve classes that are easy to tell apart: each a random 8 x 8 picture."""
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, [12, 1, 8, 8, 1])
    noise = generator.integers(-20, 21, [12, 6, 8, 8, 1])
    images = np.clip(pictures + noise, 0, 255).astype(np.uint8)
    return ImageClasses(
        images=images.reshape(-1, 8, 8, 1),
        class_sizes=np.full(12, 6, np.int32),
        class_names=tuple(f"class {index}" for index in range(12)),
    )
