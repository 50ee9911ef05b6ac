"""What all tests share: a quiet TensorFlow, and real data where it lies."""

import os
import pathlib

import pytest

from metanet_tf.commands.command import quiet_import

# Before the first import of TensorFlow, which reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet_import():
    import tensorflow  # noqa: F401

    from metanet_tf.config import (
        DataConfig,
        EpisodeConfig,
        ModelConfig,
        RunConfig,
        TrainingConfig,
    )
    from metanet_tf.pretrained import save_pretrained
    from metanet_tf.training.trained_model import make_model

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
DEFAULT_DATA_DIR = REPOSITORY.parent / "shared" / "data" / "tfds"


@pytest.fixture(scope="session")
def omniglot_data_dir() -> str:
    """TFDS folder that holds Omniglot; the test is skipped without one."""
    return _data_dir_with("omniglot")


@pytest.fixture(scope="session")
def mnist_data_dir() -> str:
    """TFDS folder that holds MNIST; the test is skipped without one."""
    return _data_dir_with("mnist")


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory) -> str:
    """An untrained pretrained model without thresholds; one, since it loads once."""
    config = RunConfig(
        DataConfig(image_size=16),
        EpisodeConfig(n_way=3),
        ModelConfig(learner="mlp", hidden_units=8, generator_units=4),
        TrainingConfig(),
    )
    folder = tmp_path_factory.mktemp("model") / "tiny"
    save_pretrained(make_model(config), config, folder)
    return str(folder)


def _data_dir_with(dataset: str) -> str:
    data_dir = pathlib.Path(os.environ.get("METANET_DATA_DIR", DEFAULT_DATA_DIR))
    if not (data_dir / dataset).is_dir():
        pytest.skip(
            f"No prepared {dataset} in {data_dir}. Set METANET_DATA_DIR to a TFDS "
            "folder that has it."
        )
    return str(data_dir)
