import itertools

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.learners import (
    build_base_learner,
    build_representation_learner,
    building,
)
from metanet_tf.meta_information import (
    contrastive_loss,
    cross_entropy,
    draw_pairs,
    pair_gradients,
    preprocess_gradients,
    representation_gradients,
    task_gradients,
)

CONFIG = ModelConfig(filters=3, hidden_units=4, augmented_layers=None)
IMAGES = tf.random.stateless_uniform([4, 28, 28, 1], seed=[0, 1], dtype="float64")
LABELS = tf.constant([1, 0, 2, 2])
STEP = 1e-5


@pytest.fixture(autouse=True)
def float64(monkeypatch):
    """Differences need losses far more precise than the slopes to compare."""
    monkeypatch.setattr(building, "layers_dtype", lambda _: "float64")


@pytest.fixture
def base():
    return _lively(build_base_learner(CONFIG, (28, 28, 1), 3, itertools.count()))


@pytest.fixture
def representation():
    learner = build_representation_learner(CONFIG, (28, 28, 1), 3, itertools.count(100))
    return _lively(learner)


def _lively(learner):
    """Larger weights, for slopes of ordinary size."""
    for weight in [*learner.trainable_variables, *learner.head.weights]:
        weight.assign(3 * weight + 0.01)
    return learner


def _central_differences(kernel, losses):
    """Slope of each loss along one random direction of `kernel`, and the direction."""
    start = tf.identity(kernel)
    direction = tf.random.stateless_normal(kernel.shape, seed=[5, 6], dtype="float64")
    direction *= tf.norm(start) / tf.norm(direction) * STEP
    kernel.assign(start + direction)
    above = losses()
    kernel.assign(start - direction)
    below = losses()
    kernel.assign(start)
    return (above - below) / 2, direction


def _assert_slopes(gradients, kernels, losses):
    assert len(gradients) == len(kernels)
    for gradient, kernel in zip(gradients, kernels, strict=True):
        slopes, direction = _central_differences(kernel, losses)
        axes = range(1, len(gradient.shape))
        expected = tf.reduce_sum(gradient * direction, axis=list(axes))
        assert np.max(np.abs(slopes)) > 1e-9
        np.testing.assert_allclose(expected, slopes, rtol=1e-3, atol=1e-12)


def _kernels(learner, *more):
    layers = [layer for layer in learner.augmented_layers if hasattr(layer, "kernel")]
    return [layer.kernel for layer in [*layers, *more]]


def test_task_gradients_match_central_differences_for_every_example(base):
    gradients = task_gradients(base, base.shared_features(IMAGES), LABELS, 3)
    kernels = _kernels(base, base.head)
    _assert_slopes(gradients, kernels, lambda: cross_entropy(base(IMAGES), LABELS))


def test_representation_gradients_match_central_differences(representation):
    features = representation.shared_features(IMAGES)
    gradients = representation_gradients(representation, features, LABELS, 3)

    def losses():
        logits = representation.head(representation(IMAGES))
        return cross_entropy(logits, LABELS)

    _assert_slopes(gradients, _kernels(representation), losses)


def test_pair_gradients_match_central_differences(representation):
    features = representation.shared_features(IMAGES)
    gradients = pair_gradients(representation, features, LABELS, 4)
    first, second, same_class = draw_pairs(LABELS, 4)

    def losses():
        embeddings = representation(IMAGES)
        members = tf.gather(embeddings, first), tf.gather(embeddings, second)
        return contrastive_loss(*members, same_class)

    _assert_slopes(gradients, _kernels(representation), losses)


def test_an_example_alone_has_the_gradient_it_has_among_others(base):
    together = task_gradients(base, base.shared_features(IMAGES), LABELS, 3)
    alone = task_gradients(base, base.shared_features(IMAGES[2:3]), LABELS[2:3], 3)
    for many, one in zip(together, alone, strict=True):
        np.testing.assert_allclose(many[2], one[0], atol=1e-6)


def test_preprocessing_by_hand():
    gradients = tf.constant([0.0, 1.0, -1.0, np.exp(-3.5), 5e-4, -np.exp(7.0)])
    expected = [
        [-1, 0],
        [0, 1],
        [0, -1],
        [-0.5, 1],
        [-1, 5e-4 * np.exp(7.0)],
        [1, -1],
    ]
    np.testing.assert_allclose(preprocess_gradients(gradients), expected, atol=1e-6)


def test_preprocessing_is_continuous_at_its_threshold():
    threshold = np.exp(-7.0)
    below, above = preprocess_gradients(threshold * np.float32([0.9999, 1.0001]))
    np.testing.assert_allclose(below, above, atol=1e-3)


def test_contrastive_loss_by_hand():
    first = tf.zeros([3, 2])
    second = tf.constant([[3.0, 4.0], [0.6, 0.0], [3.0, 4.0]])
    losses = contrastive_loss(first, second, tf.constant([True, False, False]))
    np.testing.assert_allclose(losses, [12.5, 0.08, 0.0], atol=1e-6)


def test_contrastive_loss_of_equal_embeddings_has_a_finite_gradient():
    first = tf.Variable(tf.ones([1, 2]))
    with tf.GradientTape() as tape:
        loss = contrastive_loss(first, tf.ones([1, 2]), tf.constant([False]))
    assert np.all(np.isfinite(tape.gradient(loss, first)))


def test_pairs_alternate_between_one_class_and_two():
    labels = tf.constant([0, 1, 0, 1, 2, 2, 0, 1])
    first, second, same_class = draw_pairs(labels, 8)
    np.testing.assert_array_equal(first, range(8))
    np.testing.assert_array_equal(same_class, [True, False] * 4)
    assert not np.any(first.numpy() == second.numpy())


def test_a_class_of_one_example_is_paired_with_another_class():
    labels = tf.constant([0, 1, 2])
    first, second, same_class = draw_pairs(labels, 3)
    assert not np.any(same_class)
    assert not np.any(first.numpy() == second.numpy())
