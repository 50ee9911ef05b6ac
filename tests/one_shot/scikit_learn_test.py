"""scikit-learn's own checks of estimators, and what its users do."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

from metanet_tf import OneShotClassifier

DO_NOT_APPLY = {
    "check_array_api_input": "pictures are NumPy's arrays; it skips itself but where "
    "SCIPY_ARRAY_API is set"
}


def _checks():
    checks = [check for _, check in estimator_checks_generator(OneShotClassifier())]
    return [check for check in checks if _function(check).__name__ not in DO_NOT_APPLY]


def _name(check):
    options = getattr(check, "keywords", {})
    return "-".join([_function(check).__name__, *map(str, options.values())])


def _function(check):
    return getattr(check, "func", check)


@pytest.fixture(scope="module")
def rows(draw):
    """Two classes of pictures as a table, and their names."""
    pictures = np.concatenate([draw(6), 255 - draw(6, seed=1)])
    return pictures.reshape(12, -1), np.repeat(["one", "other"], 6)


@pytest.mark.parametrize("check", _checks(), ids=_name)
@pytest.mark.filterwarnings("ignore")  # The checks try what is worth a warning.
def test_check_passes(check, pretrained_dir):
    check(OneShotClassifier(pretrained_dir))


def test_pipeline_prepares_what_the_classifier_gets(pretrained_dir, rows):
    table, names = rows
    classifier = OneShotClassifier(pretrained_dir)
    inverting = FunctionTransformer(lambda pictures: 255 - pictures)
    pipeline = make_pipeline(inverting, clone(classifier)).fit(table, names)
    expected = classifier.fit(255 - table, names).predict_proba(255 - table)
    np.testing.assert_allclose(pipeline.predict_proba(table), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["rows", "frame", "pictures", "list", "files"])
def test_cross_validation_takes_pictures_of_all_kinds(
    pretrained_dir, rows, write, tmp_path, kind
):
    table, names = rows
    pictures = table.reshape(-1, 20, 20)
    X = {
        "rows": table,
        "frame": pd.DataFrame(table),
        "pictures": pictures,
        "list": list(pictures),
        "files": [write(tmp_path / f"{i}.png", p) for i, p in enumerate(pictures)],
    }[kind]
    scores = cross_val_score(OneShotClassifier(pretrained_dir), X, names, cv=3)
    expected = cross_val_score(OneShotClassifier(pretrained_dir), table, names, cv=3)
    np.testing.assert_allclose(scores, expected)


@pytest.mark.parametrize("labels", [["one", "other"], [0, 1]])
def test_grid_is_searched_with_rejection(pretrained_dir, rows, labels):
    table, _ = rows
    y = np.repeat(labels, 6)
    grid = {"reject": [False, True], "threshold": [1.0], "ink": ["dark", "light"]}
    search = GridSearchCV(
        OneShotClassifier(pretrained_dir), grid, cv=2, error_score="raise"
    )
    search.fit(X=table, y=y)
    assert search.best_params_["reject"] is False
    assert 0.0 <= search.score(X=table, y=y) <= 1.0


def test_arguments_are_called_x_and_y(pretrained_dir, rows):
    table, names = rows
    classifier = OneShotClassifier(pretrained_dir)
    classifier.fit(X=table, y=names).partial_fit(X=table[:1], y=names[:1])
    assert classifier.predict(X=table).shape == (12,)
    assert classifier.predict_proba(X=table).shape == (12, 2)
    assert 0.0 <= classifier.score(X=table, y=names) <= 1.0


def test_digits_of_scikit_learn_are_rows_of_their_own_scale(pretrained_dir):
    digits, labels = load_digits(return_X_y=True)
    classifier = OneShotClassifier(pretrained_dir).fit(digits[:30], labels[:30])
    assert classifier.n_features_in_ == 64
    together = classifier.predict_proba(digits[30:40])
    assert together.shape == (10, 10) and np.ptp(together, axis=0).max() > 1e-3
    scaled = OneShotClassifier(pretrained_dir).fit(digits[:30] * 100, labels[:30])
    np.testing.assert_allclose(
        scaled.predict_proba(digits[30:31] * 100), together[:1], atol=1e-6
    )


def test_clone_has_the_settings_and_none_of_the_classes(pretrained_dir, rows):
    settings = {
        "ink": "light",
        "reject": True,
        "threshold": 0.5,
        "reject_label": "?",
        "max_pixels": 10**6,
    }
    classifier = OneShotClassifier(pretrained_dir, **settings).fit(*rows)
    copied = clone(classifier)
    assert copied.get_params() == {"model": pretrained_dir, **settings}
    assert not hasattr(copied, "classes_")
