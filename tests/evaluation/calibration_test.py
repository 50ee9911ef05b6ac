import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.evaluation.calibration import calibration_error, choose_temperature
from metanet_tf.model import MetaNet, Prediction

TASK = EpisodeConfig(n_way=2, queries_per_class=3)


def test_error_is_the_distance_from_how_often_answers_are_right():
    # Ten answers at 0.9 of which 7 are right, ten at 0.6 of which 6 are.
    confidences = np.repeat([0.9, 0.6], 10)
    is_right = np.array([1] * 7 + [0] * 3 + [1] * 6 + [0] * 4, bool)
    assert calibration_error(confidences, is_right) == pytest.approx(0.1)


def test_error_of_sure_and_right_answers_is_zero():
    assert calibration_error(np.ones(5), np.ones(5, bool)) == 0.0
    assert calibration_error(np.ones(5), np.zeros(5, bool)) == 1.0


class _AlwaysTheFirst:
    """Gives the first label logits (3, 0), whatever the images."""

    config = ModelConfig(temperature=2.0)

    def __call__(self, support_images, support_labels, query_images, n_way):
        logits = tf.tile([[3.0, 0.0]], [tf.shape(query_images)[0], 1])
        return Prediction(logits, logits, logits)


@pytest.fixture
def classes():
    return ImageClasses(np.zeros([16, 8, 8, 1], np.uint8), np.array([8, 8]), ("a", "b"))


def test_temperature_makes_the_probabilities_as_often_right_as_they_say(classes):
    # Half of the answers are right: the best probabilities are (1/2, 1/2).
    found = choose_temperature(_AlwaysTheFirst(), classes, [TASK], episodes=2, seed=0)
    assert found > 100.0


def test_temperature_divides_logits_outside_training_alone():
    images = tf.random.stateless_uniform([4, 8, 8, 1], seed=[1, 1])
    task = images[:2], tf.constant([0, 1]), images[2:]
    answers = {}
    for temperature in (1.0, 4.0):
        config = ModelConfig(
            learner="mlp", hidden_units=8, generator_units=4, temperature=temperature
        )
        model = MetaNet(config, n_way=2, image_shape=(8, 8, 1))
        memory = model.adapt(*task[:2])
        answers[temperature] = [
            model(*task).logits,
            model.classify(memory, task[2]).logits,
            model(*task, training=True).logits,
        ]
    for hot, cold in zip(answers[4.0][:2], answers[1.0][:2], strict=True):
        np.testing.assert_allclose(4 * hot, cold, rtol=1e-5)
    np.testing.assert_allclose(answers[4.0][2], answers[1.0][2], rtol=1e-5)
