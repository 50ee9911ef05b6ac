"""Experiments so small that each run and each test takes a second or two."""

import numpy as np
import pytest

from metanet_tf import data
from metanet_tf.config import ExperimentConfig
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.experiments.run_experiment import EXPERIMENTS
from metanet_tf.experiments.runs import Runs, with_settings
from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.trained_model import make_model


@pytest.fixture
def preset(tiny_config):
    """Settings of a run of six steps."""
    few = {"validation_episodes": 2, "test_episodes": 2, "queries_per_class": 2}
    return tiny_config(image_size=8, steps=6, validate_every=6, **few)


@pytest.fixture
def make_config(tmp_path):
    """Settings of a small experiment in the test's folder."""
    places = {"out": str(tmp_path / "out"), "runs_dir": str(tmp_path / "runs")}
    small = {"preset": "tiny", "n_way": "3", "episodes": 2}
    return lambda **settings: ExperimentConfig(**places | small | settings)


@pytest.fixture
def make_runs(preset, tmp_path):
    def make(*train_dirs, **settings):
        return Runs(
            with_settings(preset, **settings),
            "tiny",
            runs_dir=str(tmp_path / "runs"),
            train_dirs=list(train_dirs),
        )

    return make


@pytest.fixture
def declare(make_runs):
    """An experiment with the paper's own ways, unless told otherwise."""

    def make(name, runs=None, **settings):
        config = ExperimentConfig(name=name, **settings)
        return EXPERIMENTS[name](runs or make_runs(), config)

    return make


@pytest.fixture
def small_data(monkeypatch):
    """Twelve classes of six random pictures in place of all data."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, [72, 8, 8, 1], np.uint8)
    names = tuple(f"class {index}" for index in range(12))
    classes = ImageClasses(images, np.full(12, 6, np.int32), names)
    for name in ("glyphs", "mnist"):
        dataset = Dataset(classes, classes, classes)
        monkeypatch.setitem(data.LOADERS, name, lambda _, d=dataset: d)


@pytest.fixture
def finish():
    """Makes the folder of a finished run without training."""

    def make(run, steps=6, seconds=60.0):
        folder = run.folder
        folder.prepare(run.config, {})
        save_best(make_model(run.config), folder, step=steps)
        folder.write(folder.results_file, {"steps": steps, "seconds": seconds})
        return str(folder.path)

    return make
