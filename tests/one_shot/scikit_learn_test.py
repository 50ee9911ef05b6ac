"""scikit-learn's own checks of estimators."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

from metanet_tf import OneShotClassifier

DO_NOT_APPLY = {
    "check_fit_score_takes_y": "its second argument is called `class_names`",
}


class OfAnyRows(OneShotClassifier):
    """Takes the checks' tables, of any width and range, for pictures.

    All the rest is OneShotClassifier's.
    """

    def _pictures_of(self, rows):
        """Draws each number as four pixels, a byte each, in a frame of white paper."""
        shares = 0.5 + np.arctan(np.asarray(rows, float) / 100) / np.pi
        numbers = np.round(shares * (2**32 - 1)).astype(">u4")
        pixels = np.ascontiguousarray(numbers).view(np.uint8)
        side = int(np.ceil(np.sqrt(pixels.shape[1])))
        missing = side**2 - pixels.shape[1]
        squares = np.pad(pixels, [[0, 0], [0, missing]], constant_values=255)
        squares = squares.reshape(-1, side, side)
        frame = [side, side]
        return np.pad(squares, [[0, 0], frame, frame], constant_values=255)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # The network is not trained.
        return tags


def _checks():
    checks = estimator_checks_generator(
        OfAnyRows(ink="dark"), expected_failed_checks=DO_NOT_APPLY, mark="skip"
    )
    return [check for _, check in checks]


def _name(check):
    function = getattr(check, "func", check)
    options = getattr(check, "keywords", {})
    return "-".join([function.__name__, *map(str, options.values())])


@pytest.fixture(scope="module")
def rows(draw):
    """Two classes of pictures as a table, and their names."""
    pictures = np.concatenate([draw(6), 255 - draw(6, seed=1)])
    return pictures.reshape(12, -1), np.repeat(["one", "other"], 6)


@pytest.mark.parametrize("check", _checks(), ids=_name)
@pytest.mark.filterwarnings("ignore")  # The checks try what is worth a warning.
def test_check_passes(check, pretrained_dir):
    check(OfAnyRows(pretrained_dir, ink="dark"))


def test_pipeline_prepares_what_the_classifier_gets(pretrained_dir, rows):
    table, names = rows
    classifier = OneShotClassifier(pretrained_dir)
    inverting = FunctionTransformer(lambda pictures: 255 - pictures)
    pipeline = make_pipeline(inverting, clone(classifier)).fit(table, names)
    expected = classifier.fit(255 - table, names).predict_proba(255 - table)
    np.testing.assert_allclose(pipeline.predict_proba(table), expected, atol=1e-6)


def test_cross_validation_teaches_each_time_anew(pretrained_dir, rows):
    scores = cross_val_score(OneShotClassifier(pretrained_dir), *rows, cv=3)
    assert scores.shape == (3,) and np.isfinite(scores).all()


def test_clone_has_the_settings_and_none_of_the_classes(pretrained_dir, rows):
    settings = {"ink": "light", "reject": True, "threshold": 0.5, "reject_label": "?"}
    classifier = OneShotClassifier(pretrained_dir, **settings).fit(*rows)
    copied = clone(classifier)
    assert copied.get_params() == {"model": pretrained_dir, **settings}
    assert not hasattr(copied, "classes_")
