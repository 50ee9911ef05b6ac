import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.data.episodes import Episode, episode_dataset
from metanet_tf.model import Prediction
from metanet_tf.training.step import TrainStep, episode_metrics, make_optimizer
from metanet_tf.training.trained_model import make_model


def _make_step(config, optimizer):
    model = make_model(config)
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    return model, TrainStep(model, optimizer, config.training, strategy)


def _episodes(classes, config):
    dataset = episode_dataset(classes, config.episode, seed=0)
    return iter(dataset.batch(config.training.episodes_per_step))


def _mean_gradients(model, config, episodes):
    """Gradients of the objective, summed in one tape rather than in a loop."""
    with tf.GradientTape() as tape:
        objectives = []
        for parts in zip(*episodes, strict=True):
            episode = type(episodes)(*parts)
            metrics = episode_metrics(model(*episode.inputs), episode, model.n_way)
            weight = config.training.attention_loss_weight
            objectives.append(metrics["loss"] + weight * metrics["attention_loss"])
        objective = tf.reduce_mean(objectives)
    return tape.gradient(objective, model.trainable_variables)


def _values(model):
    return [variable.numpy() for variable in model.trainable_variables]


def test_training_halves_the_loss_with_one_trace(make_config, classes):
    config = make_config(learning_rate=1e-2)
    _, step = _make_step(config, make_optimizer(config.training))
    episodes = _episodes(classes, config)
    losses = [float(step(next(episodes))["loss"]) for _ in range(120)]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) / 2
    assert step.num_traces == 1


@pytest.mark.parametrize(
    ("loss", "symmetric_head"),
    [("by_shots", False), ("cross_entropy", True), ("contrastive", True)],
)
def test_one_trace_serves_all_numbers_of_shots(
    make_config, classes, loss, symmetric_head
):
    config = make_config(max_shots=3)
    model = dataclasses.replace(
        config.model, representation_loss=loss, symmetric_head=symmetric_head
    )
    config = dataclasses.replace(config, model=model)
    model, step = _make_step(config, make_optimizer(config.training))
    episodes = episode_dataset(classes, config.episode, seed=0, max_shots=3)
    for episode in episodes.batch(1).take(6):
        assert np.isfinite(step(episode)["loss"])
    assert step.num_traces == 2  # The first was of one number alone.
    assert step.updates_left_out == 0


def test_step_follows_the_clipped_mean_gradient_of_its_episodes(make_config, classes):
    config = make_config(episodes_per_step=2, clip_norm=1e-2)
    model, step = _make_step(config, keras.optimizers.SGD(1.0))
    episodes = next(_episodes(classes, config))
    gradients = _mean_gradients(model, config, episodes)
    clipped, norm = tf.clip_by_global_norm(gradients, 1e-2)

    before = _values(model)
    metrics = step(episodes)
    for old, new, change in zip(before, _values(model), clipped, strict=True):
        np.testing.assert_allclose(old - new, change, atol=1e-6)
    np.testing.assert_allclose(metrics["gradient_norm/theta"], norm, rtol=1e-4)
    assert norm > 1e-2

    squares = [metrics[f"gradient_norm/{part}"] ** 2 for part in "WQZG"]
    np.testing.assert_allclose(sum(squares), norm**2, rtol=1e-4)
    assert min(squares) > 0


def test_losses_and_accuracies_are_those_worked_by_hand():
    episode = Episode(None, tf.constant([1, 0]), None, tf.constant([0, 1]))
    logits = tf.math.log([[0.8, 0.2], [0.6, 0.4]])
    # Support 0 is of class 1: the attention answers 1 and 1.
    weights = tf.constant([[0.9, 0.1], [0.7, 0.3]])
    prediction = Prediction(logits, weights, weights)
    metrics = episode_metrics(prediction, episode, n_way=2)
    expected = {
        "loss": -(np.log(0.8) + np.log(0.4)) / 2,
        "attention_loss": -(np.log(0.1) + np.log(0.7)) / 2,
        "accuracy": 0.5,
        "attention_accuracy": 0.5,
    }
    assert {k: float(v) for k, v in metrics.items()} == pytest.approx(expected)


def test_margin_lowers_the_odds_of_the_right_class():
    episode = Episode(None, tf.constant([0, 1, 2]), None, tf.constant([0]))
    weights = tf.constant([[0.5, 0.2, 0.3]])
    prediction = Prediction(tf.zeros([1, 3]), weights, weights)
    metrics = episode_metrics(prediction, episode, 3, attention_margin=np.log(4.0))
    # Odds of 1 to 1 become 1 to 4.
    assert float(metrics["attention_loss"]) == pytest.approx(-np.log(0.2))
    assert float(metrics["attention_accuracy"]) == 1.0


def test_no_learning_rate_no_change(make_config, classes):
    config = make_config()
    model, step = _make_step(config, make_optimizer(config.training))
    before = _values(model)
    step.set_learning_rate(0.0)
    metrics = step(next(_episodes(classes, config)))
    assert float(metrics["learning_rate"]) == 0.0
    for value, expected in zip(_values(model), before, strict=True):
        np.testing.assert_array_equal(value, expected)


def test_the_running_average_replaces_theta_for_a_while(make_config, classes):
    config = make_config(averaged_weights=0.5)
    model, step = _make_step(config, make_optimizer(config.training))
    episodes = _episodes(classes, config)
    step(next(episodes))
    first = _values(model)
    step(next(episodes))
    second = _values(model)
    with step.averaged():
        for average, one, other in zip(_values(model), first, second, strict=True):
            np.testing.assert_allclose(average, (one + other) / 2, atol=1e-6)
    for restored, expected in zip(_values(model), second, strict=True):
        np.testing.assert_array_equal(restored, expected)


def test_a_step_keeps_statistics_of_its_images(make_config, classes):
    config = make_config()
    cnn = ModelConfig(normalization="batch", filters=4, hidden_units=8)
    model, step = _make_step(
        dataclasses.replace(config, model=cnn), make_optimizer(config.training)
    )
    before = [variable.numpy() for variable in model.non_trainable_variables]
    step(next(_episodes(classes, config)))
    after = [variable.numpy() for variable in model.non_trainable_variables]
    changed = [np.any(a != b) for a, b in zip(before, after, strict=True)]
    assert sum(changed) == 2 * 2 * 4  # mean and variance, u and b, four layers
