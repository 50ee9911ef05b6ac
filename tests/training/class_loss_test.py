import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.data.episodes import Episode, episode_dataset
from metanet_tf.training.class_loss import ClassLoss, make_class_loss
from metanet_tf.training.step import TrainStep, make_optimizer, trained_variables
from metanet_tf.training.trained_model import make_model

STRATEGY = tf.distribute.get_strategy()


def test_loss_is_the_cross_entropy_of_cosines():
    """The loss of three classes; label 0 is class 2, label 1 is class 0."""
    loss = ClassLoss(np.array([[2.0, 0.0, -1.0], [0.0, 3.0, 0.0]]))
    episode = Episode(
        None, tf.constant([0]), None, tf.constant([1]), tf.constant([2, 0])
    )
    found = loss(tf.constant([[5.0, 0.0], [0.0, 0.1]]), episode)
    # Cosines 1, 0, -1, of class 2; and 0, 1, 0, of class 0; both times 10.
    first = np.log(np.exp([10, 0, -10]).sum()) + 10
    second = np.log(np.exp([0, 10, 0]).sum())
    assert float(found) == pytest.approx((first + second) / 2, rel=1e-5)


def test_without_a_weight_there_is_none(make_config, classes):
    assert make_class_loss(make_config(), classes) is None
    loss = make_class_loss(make_config(class_loss_weight=1.0), classes)
    assert loss.kernel.shape == (8, 12)


@pytest.mark.parametrize("episodes_per_step", [1, 2])
def test_loss_falls_as_it_is_trained(make_config, classes, episodes_per_step):
    config = make_config(
        class_loss_weight=1.0, learning_rate=1e-2, episodes_per_step=episodes_per_step
    )
    model, optimizer = make_model(config), make_optimizer(config.training)
    loss = make_class_loss(config, classes)
    optimizer.build(trained_variables(model, loss))
    step = TrainStep(model, optimizer, config.training, STRATEGY, loss)
    before = loss.kernel.numpy()
    episodes = episode_dataset(classes, config.episode, seed=0)
    task = next(iter(episodes.batch(episodes_per_step)))  # New ones would hide a fall.
    shown = [step(task) for _ in range(20)]
    losses = [float(metrics["class_loss"]) for metrics in shown]
    assert losses[-1] < losses[0] / 2
    assert not np.array_equal(before, loss.kernel)
    assert step.zeros().keys() == shown[0].keys()
