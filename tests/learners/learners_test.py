import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.layers import Augmented, AugmentedConv2D
from metanet_tf.learners import (
    build_base_learner,
    build_representation_learner,
    representation_size,
)

IMAGES = tf.random.stateless_uniform([2, 28, 28, 1], seed=[0, 1])


def _base(**settings):
    config = ModelConfig(**{"filters": 4, "hidden_units": 6, **settings})
    return build_base_learner(config, (28, 28, 1), 5, itertools.count())


def _representation(**settings):
    config = ModelConfig(**{"filters": 4, "hidden_units": 6, **settings})
    return build_representation_learner(config, (28, 28, 1), 5, itertools.count())


def _num_augmented(learner):
    return sum(isinstance(layer, Augmented) for layer in learner.augmented_layers)


@pytest.mark.parametrize(
    ("augmented_layers", "hidden"), [(1, 0), (2, 1), (3, 2), (7, 6), (None, 6)]
)
def test_last_layers_are_augmented_and_the_head_counts(augmented_layers, hidden):
    assert _num_augmented(_base(augmented_layers=augmented_layers)) == hidden
    assert _num_augmented(_representation(augmented_layers=augmented_layers)) == hidden


def test_paper_architecture_has_its_number_of_weights():
    learner = _base(filters=64, hidden_units=64)
    convolutions = (9 * 64 + 64) + 4 * (9 * 64 * 64 + 64)
    dense = (64 * 64 + 64) + (64 * 5 + 5)
    count = sum(np.prod(weight.shape) for weight in learner.trainable_variables)
    assert count == convolutions + dense


def test_fewer_blocks_leave_the_dense_layer_more_places():
    learner = _base(blocks=3)
    layers = [*learner.shared_layers, *learner.augmented_layers]
    assert sum(isinstance(x, AugmentedConv2D) for x in layers) == 3
    assert layers[-1].kernel.shape == (4 * 4 * 4, 6)


@pytest.mark.parametrize(
    ("filters", "most", "expected"),
    [
        (4, None, [4, 4, 4, 4, 4]),
        (4, 2, [4, 4, 4, 4, 4]),
        (3, 10, [3, 6, 10, 10, 10]),
        (2, 64, [2, 4, 8, 16, 32]),
    ],
)
def test_filters_double_from_convolution_to_convolution(filters, most, expected):
    learner = _base(filters=filters, max_filters=most)
    layers = [*learner.shared_layers, *learner.augmented_layers]
    convolutions = [x for x in layers if isinstance(x, AugmentedConv2D)]
    assert [layer.kernel.shape[-1] for layer in convolutions] == expected


def test_slow_weights_start_uniformly_within_a_tenth():
    learner = _base(filters=64)
    kernel = learner.augmented_layers[0].kernel.numpy()
    assert -0.1 <= kernel.min() < -0.099
    assert 0.099 < kernel.max() <= 0.1
    assert abs(kernel.std() - 0.2 / np.sqrt(12)) < 1e-3


def test_no_two_layers_start_alike():
    learner = _base()
    first, second = learner.shared_layers[2], learner.shared_layers[4]
    assert first.kernel.shape == second.kernel.shape
    assert np.any(first.kernel.numpy() != second.kernel.numpy())


def test_representation_is_not_negative_and_logits_have_n_ways():
    representation = _representation()(IMAGES)
    assert representation.shape == (2, 6)
    assert np.all(representation >= 0)
    assert _base()(IMAGES).shape == (2, 5)
    assert _base()(IMAGES, n_way=8).shape == (2, 8)


def test_mlp_has_two_hidden_layers_and_a_head():
    learner = _base(learner="mlp", augmented_layers=None)
    assert [weight.shape for weight in learner.trainable_variables[::2]] == [
        (784, 6),
        (6, 6),
        (6, 5),
    ]


def test_base_learner_on_representations_takes_them():
    learner = _base(base_input="representation")
    embeddings = tf.ones([2, 6])
    assert learner.choose_inputs(IMAGES, embeddings) is embeddings
    assert learner(embeddings).shape == (2, 5)
    assert _base().choose_inputs(IMAGES, embeddings) is IMAGES


def test_slow_terms_end_in_the_representation_without_fast_weights():
    learner = _representation()
    features = learner.shared_features(IMAGES)
    representation, terms = learner.slow_terms(features)
    np.testing.assert_allclose(representation, learner(IMAGES), 1e-6)
    assert [term.layer for term in terms] == [
        layer for layer in learner.augmented_layers if isinstance(layer, Augmented)
    ]


def test_representation_head_is_trained_at_second_order_only():
    first, second = _representation(), _representation(second_order=True)
    assert not first.head.trainable_variables
    assert len(second.head.trainable_variables) == 2


def test_skip_connection_keeps_what_the_last_layer_reads():
    """Both parts have length one, so each is half of a cosine."""
    settings = {"blocks": 3, "augmented_layers": 2}
    plain = _representation(**settings)
    parts = plain.shared_features(IMAGES), plain(IMAGES)
    expected = tf.concat([tf.math.l2_normalize(x, axis=-1) for x in parts], axis=-1)
    both = _representation(**settings, skip_connection=True)(IMAGES)
    np.testing.assert_allclose(both, expected, atol=1e-6)
    assert both.shape == (2, 4 * 4 * 4 + 6)


@pytest.mark.parametrize("learner", ["cnn", "mlp"])
@pytest.mark.parametrize("skip_connection", [False, True])
def test_size_of_r_is_known_before_u_is_made(learner, skip_connection):
    settings = {"learner": learner, "skip_connection": skip_connection}
    config = ModelConfig(filters=4, hidden_units=6, blocks=3, **settings)
    r = _representation(blocks=3, **settings)(IMAGES)
    assert representation_size(config, (28, 28, 1)) == r.shape[-1]


def test_batch_normalization_follows_the_convolutions_without_fast_weights():
    def normalized(**settings):
        learner = _base(normalization="batch", **settings)
        layers = [*learner.shared_layers, *learner.augmented_layers]
        is_normalization = [
            isinstance(x, keras.layers.BatchNormalization) for x in layers
        ]
        return sum(is_normalization), sum(
            is_normalization[: len(learner.shared_layers)]
        )

    assert normalized(augmented_layers=3) == (4, 4)
    assert normalized(augmented_layers=2) == (5, 5)
    assert normalized(augmented_layers=None) == (0, 0)


def test_a_linear_representation_may_be_negative():
    assert np.min(_representation()(IMAGES)) >= 0
    assert np.min(_representation(representation_activation="linear")(IMAGES)) < 0
