import dataclasses
import json

import numpy as np
import pytest

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.evaluation import rejection
from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold, Similarities
from metanet_tf.model import MetaNet
from metanet_tf.utils.errors import InputError

KNOWN = np.array([0.3, 0.6, 0.7, 0.9], np.float32)
UNKNOWN = np.array([0.1, 0.2, 0.4, 0.5, 0.8], np.float32)
TASK = EpisodeConfig(n_way=3, queries_per_class=2)


@pytest.fixture(scope="module")
def model():
    config = ModelConfig(learner="mlp", hidden_units=8, generator_units=4)
    return MetaNet(config, n_way=3, image_shape=(8, 8, 1))


@pytest.fixture(scope="module")
def classes():
    """Eight random pictures, each a class of three equal images."""
    pictures = np.random.default_rng(0).integers(0, 256, [8, 8, 8, 1], np.uint8)
    return ImageClasses(
        pictures.repeat(3, axis=0), np.full(8, 3, np.int32), tuple("abcdefgh")
    )


def test_rates_are_shares_on_the_wrong_side():
    rates = Similarities(KNOWN, UNKNOWN).rates(0.65)
    assert rates == ErrorRates(false_accepts=pytest.approx(1 / 5), false_rejects=0.5)


def test_similarity_at_the_threshold_is_accepted():
    rates = Similarities(KNOWN, UNKNOWN).rates(float(UNKNOWN[-1]))
    assert rates.false_accepts == pytest.approx(1 / 5)


def test_rates_are_nearest_at_the_equal_error_threshold():
    found = Similarities(KNOWN, UNKNOWN)
    rates = found.rates(found.equal_error_threshold())
    assert (rates.false_accepts, rates.false_rejects) == pytest.approx((0.2, 0.25))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5])
def test_no_more_than_the_wanted_share_is_rejected(share):
    found = Similarities(KNOWN, UNKNOWN)
    assert found.rates(found.threshold_at(share)).false_rejects <= share


def test_wanted_share_is_used_up():
    found = Similarities(np.linspace(0, 1, 101), UNKNOWN)
    assert found.rates(found.threshold_at(0.1)).false_rejects == pytest.approx(
        0.1, 0.02
    )


def test_half_of_the_classes_of_a_task_are_taught(model, classes):
    found = rejection.similarities(model, classes, TASK, episodes=4, seed=0)
    assert found.known.shape == found.unknown.shape == (4 * 3 * 2,)
    # A class's images are equal here, so that what has been taught is known exactly.
    np.testing.assert_allclose(found.known, 1.0, atol=1e-6)
    assert found.unknown.min() < 1.0 - 1e-6


@pytest.fixture
def dataset(monkeypatch):
    """Empty parts, of which the similarities are given."""
    found = {
        "validation": Similarities(
            np.array([0.3, 0.6, 0.7, 0.9]), np.array([0.1, 0.2, 0.4, 0.5, 0.8])
        ),
        "test": Similarities(np.array([0.2, 0.65]), np.array([0.1, 0.5, 0.6, 0.7])),
    }
    monkeypatch.setattr(rejection, "similarities", lambda _, part, *__, **___: part)
    return Dataset(None, **found)


def test_threshold_is_chosen_on_validation_and_tested_on_test_classes(model, dataset):
    found = rejection.calibrate(model, dataset, TASK, episodes=4)
    # At 0.6 one of five unknown is accepted and one of four known is rejected; of the
    # test classes two of four, and one of two.
    assert (found.n_way, found.k_shot, found.threshold) == (3, 1, 0.6)
    assert _rates(found.validation) == pytest.approx((0.2, 0.25))
    assert _rates(found.test) == pytest.approx((0.5, 0.5))


def test_share_of_false_rejects_may_be_chosen(model, dataset):
    found = rejection.calibrate(model, dataset, TASK, episodes=4, false_rejects=0.4)
    # A fourth is rejected below 0.6; below 0.7, half: more than the share.
    assert found.threshold == 0.6
    found = rejection.calibrate(model, dataset, TASK, episodes=4, false_rejects=0.0)
    assert found.threshold == 0.3
    assert _rates(found.validation) == pytest.approx((0.6, 0.0))


def _rates(rates):
    return rates.false_accepts, rates.false_rejects


def test_too_few_classes_are_refused(model, classes):
    with pytest.raises(InputError, match="`n_way` must be at most.*Received: 10"):
        task = EpisodeConfig(n_way=5)
        rejection.similarities(model, classes, task, episodes=1, seed=0)


def _rejection(n_way, k_shot, threshold):
    rates = ErrorRates(0.1, 0.1)
    return RejectionThreshold(n_way, k_shot, threshold, rates, rates)


def test_thresholds_are_interpolated_between_numbers_of_classes():
    found = [_rejection(8, 1, 0.8), _rejection(2, 1, 0.4)]
    expected = {1: 0.4, 2: 0.4, 4: 0.6, 8: 0.8, 100: 0.8}
    for n_way, threshold in expected.items():
        assert rejection.threshold_for(found, n_way) == pytest.approx(threshold)
    assert rejection.threshold_for([], 5) is None


def test_threshold_is_that_of_the_nearest_number_of_examples():
    found = [_rejection(5, 1, 0.4), _rejection(5, 5, 0.6)]
    for k_shot, threshold in {1: 0.4, 2.0: 0.4, 2.5: 0.6, 20: 0.6}.items():
        assert rejection.threshold_for(found, 5, k_shot) == threshold


def test_json_gives_the_same_rejection():
    original = RejectionThreshold(5, 1, 0.9, ErrorRates(0.1, 0.2), ErrorRates(0.3, 0.4))
    text = json.dumps(dataclasses.asdict(original))
    assert RejectionThreshold.from_dict(json.loads(text)) == original
