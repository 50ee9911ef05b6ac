import dataclasses
import re

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.commands.train import replay, train
from metanet_tf.config import ReplayConfig
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.training.class_loss import make_class_loss
from metanet_tf.training.reproduction import Reproducer
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.step import TrainStep, make_optimizer, trained_variables
from metanet_tf.training.steps import make_steps
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError

STRATEGY = tf.distribute.get_strategy()


class Trained:
    """A model in training, whose state can be compared."""

    def __init__(self, config, class_loss=None):
        self.model = make_model(config)
        self.optimizer = make_optimizer(config.training)
        self.optimizer.build(trained_variables(self.model, class_loss))
        self.step = TrainStep(
            self.model, self.optimizer, config.training, STRATEGY, class_loss
        )

    def state(self):
        moments = [v for v in self.optimizer.variables if "iteration" not in v.path]
        return [v.numpy() for v in (*self.model.variables, *moments)]

    @property
    def steps_made(self):
        return int(self.optimizer.iterations.numpy())


def _episodes(config, classes):
    """A good episode and one whose queries pass what float32 holds, as steps."""
    good = next(iter(episode_dataset(classes, config.episode, seed=0).batch(1)))
    return good, good._replace(query_images=1e38 * good.query_images)


def _same(state, other):
    return all(np.array_equal(a, b) for a, b in zip(state, other, strict=True))


@pytest.mark.parametrize("jit", [False, True])
def test_nothing_is_updated_from_a_step_on_that_is_not_finite(
    make_config, classes, jit
):
    config = make_config(averaged_weights=0.9)
    model = dataclasses.replace(config.model, jit=jit)
    trained = Trained(dataclasses.replace(config, model=model))
    good, bad = _episodes(config, classes)
    assert float(trained.step(good)["updates_left_out"]) == 0
    before = trained.state()
    assert not np.isfinite(trained.step(bad)["gradient_norm/theta"])
    trained.step(good)
    assert _same(trained.state(), before)
    assert trained.steps_made == 1
    assert trained.step.updates_left_out == 2


def test_skipped_update_leaves_theta_and_moments_and_counts(make_config, classes):
    config = make_config(skip_nonfinite=True)
    trained = Trained(config)
    good, bad = _episodes(config, classes)
    trained.step(good)
    before = trained.state()
    assert float(trained.step(bad)["updates_left_out"]) == 1
    assert _same(trained.state(), before)
    assert trained.steps_made == 2
    assert float(trained.step(good)["updates_left_out"]) == 1
    assert not _same(trained.state(), before)


def test_replayed_step_has_the_loss_of_training(make_config, classes, capsys):
    config = make_config(episodes_per_step=2, class_loss_weight=0.5)
    class_loss = make_class_loss(config, classes)
    trained = Trained(config, class_loss)
    steps = make_steps(trained.step, classes, config, STRATEGY)
    steps(0, [1e-3])
    folder = RunFolder(config.training.train_dir)
    folder.path.mkdir()
    error = Reproducer(folder, config, trained.model, classes, class_loss)(1)
    assert "step 2, episodes 2 to 3 of seed 1" in str(error)
    metrics = steps(1, [1e-3])
    (path,) = folder.path.iterdir()
    assert f"--replay={path}" in str(error)
    assert replay(ReplayConfig(replay=str(path))) == 0
    shown = dict(re.findall(r"^(\S+) +(\S+)$", capsys.readouterr().out, re.MULTILINE))
    names = ("loss", "attention_loss", "class_loss", "gradient_norm/theta")
    for name in names:
        assert shown[name] == f"{float(metrics[name]):.6g}"


def test_worker_that_leaves_writing_to_another_writes_no_step(make_config, classes):
    config = make_config()
    folder = RunFolder(config.training.train_dir, read_only=True)
    error = Reproducer(folder, config, Trained(config).model, classes)(1)
    assert "step 2, episodes 1 to 1" in str(error)
    assert not folder.path.exists()


def test_training_that_is_not_finite_ends_with_a_file_that_shows_it(
    make_config, monkeypatch, capsys
):
    """Products of weights of 1e12 are soon more than float32 holds."""
    config = make_config(steps=3, learning_rate=1e12, validate_every=9)
    assert train(config) == 3
    message = capsys.readouterr().err
    assert re.search(
        r"Received: others in step [23], episodes [12] to [12] of", message
    )
    (path,) = RunFolder(config.training.train_dir).path.glob("not_finite-*.npz")
    assert replay(ReplayConfig(replay=str(path))) == 3
    assert re.search(r"gradient_norm/theta +(nan|inf)", capsys.readouterr().out)
    assert not list(RunFolder(config.training.train_dir).checkpoints_dir.glob("*"))


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"no array"])
def test_file_that_is_no_step_is_told(tmp_path, content):
    path = tmp_path / "step.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="`replay` must be a file that a training"):
        replay(ReplayConfig(replay=str(path)))
