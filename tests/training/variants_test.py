"""Every kind of model can be trained."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.training.step import TrainStep, make_optimizer
from metanet_tf.training.trained_model import make_model

STEPS = 60


def _train(config, classes, steps):
    """Losses on one task that is trained again and again, and the model.

    New tasks would hide a slow fall of the loss.
    """
    model, optimizer = make_model(config), make_optimizer(config.training)
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    step = TrainStep(model, optimizer, config.training, strategy)
    task = next(iter(episode_dataset(classes, config.episode, seed=0).batch(1)))
    return [float(step(task)["loss"]) for _ in range(steps)], model


@pytest.fixture
def make_variant(make_config):
    """Settings of a small run of another model."""

    def make(k_shot, **settings):
        return dataclasses.replace(
            make_config(learning_rate=1e-2),
            episode=EpisodeConfig(3, k_shot, 2),
            model=ModelConfig(hidden_units=8, generator_units=4, **settings),
        )

    return make


@pytest.mark.parametrize(
    ("k_shot", "settings"),
    [
        (2, {"learner": "mlp"}),
        (1, {"learner": "mlp", "variant": "metanet_minus"}),
        (1, {"learner": "mlp", "variant": "metanet_plus"}),
        (1, {"learner": "mlp", "base_input": "representation"}),
    ],
)
def test_variant_learns_a_task(make_variant, classes, k_shot, settings):
    losses, model = _train(make_variant(k_shot, **settings), classes, STEPS)
    assert losses[-1] < 0.9 * losses[0]
    assert all(np.isfinite(v.numpy()).all() for v in model.trainable_variables)


def test_convolutions_are_trained(make_variant, classes):
    """Their loss begins with a plateau that is longer than a test may be."""
    config = make_variant(1, learner="cnn", filters=8)
    losses, model = _train(config, classes, steps=3)
    assert np.isfinite(losses).all()
    before = make_model(config).parts()
    for part, variables in model.parts().items():
        moved = [
            np.abs(new.numpy() - old.numpy()).max()
            for new, old in zip(variables, before[part], strict=True)
        ]
        assert 0 < max(moved) < 0.1, part
