"""What all tests share: a quiet TensorFlow, and real data where it lies."""

import os
import pathlib

import pytest

from metanet_tf.commands.command import quiet_import

# Before the first import of TensorFlow, which reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet_import():
    import tensorflow  # noqa: F401

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


def _data_dir_with(dataset: str) -> str:
    data_dir = pathlib.Path(os.environ.get("METANET_DATA_DIR", DEFAULT_DATA_DIR))
    if not (data_dir / dataset).is_dir():
        pytest.skip(
            f"No prepared {dataset} in {data_dir}. Set METANET_DATA_DIR to a TFDS "
            "folder that has it."
        )
    return str(data_dir)
