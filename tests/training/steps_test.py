"""Steps compiled with XLA, and several in a call, are the plain steps."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.episodes import EpisodeSampler, episode_dataset
from metanet_tf.training.step import TrainStep
from metanet_tf.training.steps import CompiledSteps, StreamedSteps
from metanet_tf.training.trained_model import make_model

RATES = [1e-2, 5e-3, 2e-3]
# The paper's layers, a symmetric head on normalized features, and every layer.
SMALL = {"hidden_units": 8, "generator_units": 4, "filters": 4, "blocks": 2}
MODELS = {
    "paper": {"augmented_layers": 3, "zero_preserving_generators": False},
    "symmetric": {
        "symmetric_head": True,
        "augmented_layers": 2,
        "base_input": "representation",
        "normalization": "batch",
        "sampled_support": 2,
        "blocks": 3,
    },
    "all layers": {"augmented_layers": None},
    "plus": {"augmented_layers": 2, "variant": "metanet_plus"},
    "second order": {"augmented_layers": 2, "second_order": True},
}


@pytest.fixture
def make_small(make_config):
    def make(name, **training):
        return dataclasses.replace(
            make_config(**training),
            model=ModelConfig(**SMALL | MODELS[name]),
            episode=EpisodeConfig(n_way=3, queries_per_class=2),
        )

    return make


def _train(config, classes, *, compiled, in_calls_of=3):
    """Returns all variables after three steps, and the last step's metrics."""
    config = dataclasses.replace(
        config, model=dataclasses.replace(config.model, jit=compiled)
    )
    model = make_model(config)
    # Adam would make much of the sign of a gradient that is next to nothing.
    optimizer = keras.optimizers.SGD()
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    train_step = TrainStep(model, optimizer, config.training, strategy)
    per_step = config.training.episodes_per_step
    draw = {"seed": 3, "distortion": 1.0, "thickening": 0.5}
    if compiled:
        sampler = EpisodeSampler(classes, config.episode, **draw)
        steps = CompiledSteps(train_step, sampler, per_step, in_calls_of)
    else:
        episodes = episode_dataset(classes, config.episode, **draw)
        batches = episodes.batch(per_step, drop_remainder=True)
        steps = StreamedSteps(train_step, iter(batches))
    for first in range(0, len(RATES), in_calls_of):
        metrics = steps(first, RATES[first : first + in_calls_of])
    return [variable.numpy() for variable in model.variables], metrics


@pytest.mark.parametrize(
    ("name", "episodes_per_step"),
    [
        ("symmetric", 1),
        ("symmetric", 3),
        ("all layers", 3),
        pytest.param("paper", 1, marks=pytest.mark.slow),
        pytest.param("paper", 3, marks=pytest.mark.slow),
        pytest.param("plus", 3, marks=pytest.mark.slow),
        pytest.param("second order", 3, marks=pytest.mark.slow),
    ],
)
def test_compiled_steps_are_the_plain_ones(
    make_small, classes, name, episodes_per_step
):
    config = make_small(name, episodes_per_step=episodes_per_step)
    expected, expected_metrics = _train(config, classes, compiled=False)
    actual, metrics = _train(config, classes, compiled=True)
    for plain, compiled in zip(expected, actual, strict=True):
        np.testing.assert_allclose(compiled, plain, atol=2e-4)
    assert metrics.keys() == expected_metrics.keys()
    for name, value in expected_metrics.items():
        np.testing.assert_allclose(metrics[name], value, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("compiled", [True, False])
def test_several_steps_in_a_call_are_as_many_calls(make_config, classes, compiled):
    config = make_config(episodes_per_step=2)
    expected, _ = _train(config, classes, compiled=compiled, in_calls_of=1)
    actual, _ = _train(config, classes, compiled=compiled, in_calls_of=2)
    for one, several in zip(expected, actual, strict=True):
        np.testing.assert_allclose(several, one, atol=1e-6)
