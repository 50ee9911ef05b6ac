import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.evaluation.accuracy import (
    Answers,
    Evaluator,
    evaluate,
    evaluation_of,
    mean_with_interval,
)
from metanet_tf.model import MetaNet, Prediction
from metanet_tf.utils import threads

NUM_CLASSES, PER_CLASS = 6, 4
CONFIG = EpisodeConfig(n_way=3, queries_per_class=2)


@pytest.fixture(scope="module")
def classes():
    """Images of class c have the value c everywhere."""
    values = np.repeat(np.arange(NUM_CLASSES), PER_CLASS).astype(np.uint8)
    return ImageClasses(
        images=np.broadcast_to(values[:, None, None, None], (len(values), 8, 8, 1)),
        class_sizes=np.full(NUM_CLASSES, PER_CLASS, np.int32),
        class_names=tuple("abcdef"),
    )


class NearestValue:
    """Answers with the label of the support image of the same value, plus `shift`.

    The attention is on that image.
    """

    def __init__(self, shift=0):
        self.shift = shift

    def __call__(
        self, support_images, support_labels, query_images, n_way, ask_support
    ):
        asked = tf.concat([query_images, support_images], axis=0)
        support, query = support_images[:, 0, 0, 0], asked[:, 0, 0, 0]
        attention = tf.cast(query[:, None] == support[None], tf.float32)
        labels = tf.linalg.matvec(attention, tf.cast(support_labels, tf.float32))
        answers = (tf.cast(labels, tf.int32) + self.shift) % n_way
        logits = 20.0 * tf.one_hot(answers, n_way)
        return Prediction(logits, attention, attention)


class Guesses:
    """Answers some queries of each task rightly."""

    def __call__(
        self, support_images, support_labels, query_images, n_way, ask_support
    ):
        asked = tf.concat([query_images, support_images], axis=0)
        values = tf.cast(tf.round(255.0 * asked[:, 0, 0, 0]), tf.int32)
        logits = tf.one_hot(values % n_way, n_way)
        attention = tf.ones([tf.shape(asked)[0], tf.shape(support_images)[0]])
        return Prediction(logits, attention, attention)


def test_right_answers_give_full_accuracy(classes):
    result = evaluate(NearestValue(), classes, CONFIG, episodes=3, seed=0)
    assert result.accuracy == (1.0, 0.0)
    assert result.attention_accuracy == (1.0, 0.0)
    assert result.self_accuracy == 1.0
    assert result.calibration_error == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_array_equal(result.confusion, 6 * np.eye(3))


def test_shares_of_the_tasks_make_the_whole(classes):
    config = dataclasses.replace(CONFIG, k_shot=2)
    shares = [
        Evaluator(Guesses()).answers(classes, config, episodes=2, seed=3, start=start)
        for start in (0, 2)
    ]
    together = Answers(*map(np.concatenate, zip(*shares, strict=True)))
    expected = evaluate(Guesses(), classes, config, episodes=4, seed=3)
    assert 0.0 < expected.accuracy.value < 1.0
    found = evaluation_of(together, config)
    assert found.summary() == expected.summary()
    np.testing.assert_array_equal(found.confusion, expected.confusion)


def test_wrong_answers_are_told_apart_from_right_attention(classes):
    result = evaluate(NearestValue(shift=1), classes, CONFIG, episodes=3, seed=0)
    assert result.accuracy.value == 0.0
    assert result.attention_accuracy.value == 1.0
    assert result.self_accuracy == 0.0
    assert result.calibration_error == pytest.approx(1.0)
    shifted = np.roll(np.eye(3), 1, axis=1)  # Row 0, true label 0: answered 1.
    np.testing.assert_array_equal(result.confusion, 6 * shifted)


def test_interval_is_that_of_the_normal_distribution():
    mean = mean_with_interval(np.array([0.8, 1.0]))
    # Standard deviation 0.1414 (ddof 1); 1.96 * 0.1414 / sqrt(2) = 0.196.
    assert mean == pytest.approx((0.9, 0.196))
    assert str(mean) == "90.00 ± 19.60 %"


def test_seed_fixes_the_result_and_two_traces_do_for_all_numbers_of_ways(classes):
    model = MetaNet(
        ModelConfig(learner="mlp", hidden_units=4, generator_units=2),
        n_way=3,
        image_shape=(8, 8, 1),
    )
    evaluator = Evaluator(model)
    results = [
        evaluator.evaluate(
            classes,
            EpisodeConfig(n_way=n_way, queries_per_class=2),
            episodes=4,
            seed=seed,
        )
        for n_way, seed in [(3, 0), (3, 0), (3, 1), (5, 0), (4, 0), (2, 0)]
    ]
    assert evaluator._answer.experimental_get_tracing_count() == 2
    np.testing.assert_array_equal(results[0].confusion, results[1].confusion)
    assert np.any(results[0].confusion != results[2].confusion)
    assert results[3].confusion.shape == (5, 5)


def test_answers_are_those_of_one_task_after_the_other(classes, monkeypatch):
    config = ModelConfig(filters=4, hidden_units=8, generator_units=2)
    model = MetaNet(config, n_way=3, image_shape=(8, 8, 1))
    for variable in model.variables:  # Answers differ clearly without training.
        variable.assign(10.0 * variable)
    monkeypatch.setattr(threads, "num_at_once", lambda: 3)
    found = Evaluator(model).answers(classes, CONFIG, episodes=7, seed=0)
    for place, episode in enumerate(episode_dataset(classes, CONFIG, seed=0).take(7)):
        queries = model(*episode.inputs)
        support = model(*episode.support, episode.support_images)
        predicted = np.argmax(queries.logits, axis=-1)
        np.testing.assert_array_equal(found.labels[place], episode.query_labels)
        np.testing.assert_array_equal(found.predicted[place], predicted)
        confidences = tf.reduce_max(tf.nn.softmax(queries.logits), axis=-1)
        np.testing.assert_allclose(found.confidences[place], confidences, atol=1e-6)
        itself = np.argmax(support.logits, axis=-1) == episode.support_labels
        np.testing.assert_array_equal(found.names_itself[place], itself)
