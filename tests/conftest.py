"""Shared by all tests: a quiet TensorFlow, real data where it lies, a tiny network."""

import dataclasses
import functools
import os
import pathlib

import hypothesis
import numpy as np
import pytest

from metanet_tf.commands.command import quiet_import
from metanet_tf.config import RUN_CONFIGS, RunConfig
from metanet_tf.data import glyphs
from metanet_tf.data.image_classes import ImageClasses

# TensorFlow, when it is imported, reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# The same examples in every run; the first ones trace functions and take long.
hypothesis.settings.register_profile(
    "same",
    max_examples=50,
    # Simpler examples of a failure would take minutes.
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("same")

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
DEFAULT_DATA_DIR = REPOSITORY.parent / "shared" / "data" / "tfds"


def pytest_configure(config):
    """Imports TensorFlow, but in the process that only hands out the tests."""
    if getattr(config.option, "dist", "no") == "no":
        with quiet_import():
            import tensorflow  # noqa: F401


@pytest.fixture(scope="session")
def omniglot_data_dir() -> str:
    """TFDS folder that holds Omniglot; the test is skipped without one."""
    return _data_dir_with("omniglot")


@pytest.fixture(scope="session")
def mnist_data_dir() -> str:
    """TFDS folder that holds MNIST; the test is skipped without one."""
    return _data_dir_with("mnist")


@pytest.fixture(scope="session", autouse=True)
def glyphs_are_drawn_once():
    """Glyphs are the same every time, and take seconds to draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(glyphs, "_draw_glyphs", functools.cache(glyphs._draw_glyphs))
        yield


@pytest.fixture(scope="session")
def tiny_config():
    """Function: settings of a run of a tiny network; keywords change any of them."""
    part_of = {f.name: part for part in RUN_CONFIGS for f in dataclasses.fields(part)}

    def make(**changes) -> RunConfig:
        values = {
            **{"image_size": 16, "n_way": 3},
            **{"learner": "mlp", "hidden_units": 8, "generator_units": 4},
            **changes,
        }
        parts = {part: {} for part in RUN_CONFIGS}
        for name, value in values.items():
            parts[part_of[name]][name] = value
        return RunConfig(*(part(**settings) for part, settings in parts.items()))

    return make


@pytest.fixture(scope="session")
def save_tiny_model(tiny_config):
    """Function: writes an untrained pretrained model, and returns its folder.

    Its thresholds are those of the dict {number of classes: threshold}.
    """
    from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
    from metanet_tf.pretrained import save_pretrained
    from metanet_tf.training.trained_model import make_model

    def save(folder, thresholds=None):
        rates = ErrorRates(0.1, 0.2)
        rejections = [
            RejectionThreshold(n_way, 1, threshold, rates, rates)
            for n_way, threshold in (thresholds or {}).items()
        ]
        config = tiny_config()
        save_pretrained(make_model(config), config, folder, rejections=rejections)
        return folder

    return save


@pytest.fixture(scope="session")
def tiny_model_dir(save_tiny_model, tmp_path_factory) -> str:
    """An untrained pretrained model without thresholds; one, since it loads once."""
    return str(save_tiny_model(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture(scope="session")
def photograph_model_dir(tiny_config, tmp_path_factory) -> str:
    """A model of photographs, in colour, whose untrained answers differ clearly."""
    from metanet_tf.pretrained import save_pretrained
    from metanet_tf.training.trained_model import make_model

    config = tiny_config(
        channels=3,
        preparation="photograph",
        hidden_units=16,
        representation_activation="linear",
    )
    model = make_model(config)
    for variable in model.variables:
        variable.assign(4.0 * variable)
    folder = tmp_path_factory.mktemp("photographs") / "mine"
    save_pretrained(model, config, folder)
    return str(folder)


@pytest.fixture(scope="session")
def photograph():
    """Function: uint8 [20, 30, 3], red, green or blue, with a little noise by seed."""

    def photograph(name, seed=0):
        colour = 40 + 160 * (np.array(["red", "green", "blue"]) == name)
        noise = np.random.default_rng(seed).integers(-30, 30, [20, 30, 3])
        return np.uint8(np.clip(colour + noise, 0, 255))

    return photograph


@pytest.fixture
def make_config(small_config, tmp_path):
    """Settings of a small run in the test's folder, unless they say otherwise."""
    train_dir = str(tmp_path / "run")
    return lambda **changes: small_config(**{"train_dir": train_dir} | changes)


@pytest.fixture(scope="session")
def small_config(tiny_config):
    """Function: settings of a run of a few steps; keywords change any of them."""
    settings = {
        **{"image_size": 8, "validation_classes": 3, "queries_per_class": 2},
        **{"augmented_layers": 2, "attention_sharpness": 10.0},
        **{"seed": 1, "validation_episodes": 2, "test_episodes": 2},
        "attention_loss_weight": 1.0,
    }
    return lambda **changes: tiny_config(**settings | changes)


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


def _data_dir_with(dataset: str) -> str:
    data_dir = pathlib.Path(os.environ.get("METANET_DATA_DIR", DEFAULT_DATA_DIR))
    if not (data_dir / dataset).is_dir():
        pytest.skip(
            f"No prepared {dataset} in {data_dir}. Set METANET_DATA_DIR to a TFDS "
            "folder that has it."
        )
    return str(data_dir)
