import dataclasses
import pickle

import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError

from metanet_tf import OneShotClassifier
from metanet_tf.config import DataConfig
from metanet_tf.errors import InputError
from metanet_tf.pretrained import save_pretrained
from metanet_tf.training.trained_model import make_model

NAMES = ["wheel", "axle", "hub"]


@pytest.fixture
def classifier(pretrained_dir):
    return OneShotClassifier(pretrained_dir)


@pytest.fixture
def fitted(classifier, draw):
    return classifier.fit(draw(3), NAMES)


@pytest.fixture
def my_classes(draw, write, tmp_path):
    """A folder with two classes of two pictures and one of one."""
    folder = tmp_path / "my_classes"
    drawn = draw(5, seed=2)
    files = ["axle/0.png", "axle/1.png", "hub.png", "wheel/0.png", "wheel/1.png"]
    for file, picture in zip(files, drawn, strict=True):
        write(folder / file, picture)
    return folder


def _state(classifier):
    kept = vars(classifier)
    return {**kept, "_taught": id(kept["_taught"])}


def test_classes_are_sorted(fitted):
    assert fitted.classes_.tolist() == ["axle", "hub", "wheel"]


def test_probabilities_are_the_models(fitted, model, loaded, draw):
    support = loaded.module.prepare_pixels(_pixels(draw(3)), "dark")
    queries = loaded.module.prepare_pixels(_pixels(draw(5, seed=1)), "dark")
    logits = model(support, np.array([2, 0, 1], np.int32), queries).logits
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    answered = fitted.predict_proba(draw(5, seed=1))
    np.testing.assert_allclose(answered, expected, atol=1e-5)
    assert np.ptp(answered, axis=0).max() > 1e-3


def _pixels(pictures):
    return np.stack([pictures] * 3 + [np.full_like(pictures, 255)], axis=-1)


def test_the_most_probable_class_is_predicted(fitted, draw):
    queries = draw(20, seed=1)
    best = np.argmax(fitted.predict_proba(queries), axis=-1)
    np.testing.assert_array_equal(fitted.predict(queries), fitted.classes_[best])


def test_names_may_be_numbers(classifier, draw):
    classifier.fit(draw(3), [30, 10, 20])
    assert classifier.classes_.tolist() == [10, 20, 30]
    assert set(classifier.predict(draw(5, seed=1))) <= {10, 20, 30}


def test_best_classes_come_first(fitted, draw):
    queries = draw(20, seed=1)
    names, probabilities = fitted.top_k(queries, 2)
    assert names.shape == probabilities.shape == (20, 2)
    expected = np.sort(fitted.predict_proba(queries))[:, ::-1]
    np.testing.assert_array_equal(probabilities, expected[:, :2])
    np.testing.assert_array_equal(names[:, 0], fitted.predict(queries))


@pytest.mark.parametrize("k", [0, 4])
def test_more_classes_than_there_are_cannot_be_shown(fitted, draw, k):
    with pytest.raises(InputError, match=f"`k`.*number of classes, 3. Received: {k}"):
        fitted.top_k(draw(1), k)


def test_order_of_the_examples_does_not_matter(classifier, draw):
    pictures, names = draw(5), np.array(["a", "b", "a", "c", "b"])
    expected = classifier.fit(pictures, names).predict_proba(draw(4, seed=1))
    order = [3, 1, 0, 4, 2]  # Within a class it stays.
    classifier.fit(pictures[order], names[order])
    np.testing.assert_array_equal(classifier.predict_proba(draw(4, seed=1)), expected)


def test_folder_names_the_classes(classifier, my_classes, draw):
    classifier.fit(my_classes)
    names = ["axle", "axle", "hub", "wheel", "wheel"]
    expected = OneShotClassifier(classifier.model).fit(draw(5, seed=2), names)
    np.testing.assert_array_equal(
        classifier.predict_proba([my_classes / "hub.png"]),
        expected.predict_proba(draw(5, seed=2)[2:3]),
    )


def test_rows_are_square_pictures(classifier, draw):
    rows = draw(3).reshape(3, 400)
    expected = classifier.fit(draw(3), NAMES).predict_proba(draw(4, seed=1))
    assert not hasattr(classifier, "n_features_in_")
    answered = classifier.fit(rows, NAMES).predict_proba(draw(4, 20, 1).reshape(4, 400))
    np.testing.assert_array_equal(answered, expected)
    assert classifier.n_features_in_ == 400
    with pytest.raises(InputError, match="rows of 399 numbers. Reshape"):
        classifier.fit(rows[:, 1:], NAMES)


def test_later_examples_are_added(classifier, draw):
    pictures, names = draw(6), ["a", "b", "c", "a", "b", "d"]
    queries = draw(4, seed=1)
    expected = OneShotClassifier(classifier.model).fit(pictures, names)
    classifier.fit(pictures[:2], names[:2])
    classifier.partial_fit(pictures[2:5], names[2:5])
    classifier.partial_fit(pictures[5:], names[5:])
    assert classifier.classes_.tolist() == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(
        classifier.predict_proba(queries), expected.predict_proba(queries)
    )


def test_first_examples_may_be_added_too(classifier, my_classes):
    classifier.partial_fit(my_classes)
    assert classifier.classes_.tolist() == ["axle", "hub", "wheel"]


def test_fitting_anew_forgets(fitted, draw):
    fitted.fit(draw(2, seed=1), ["x", "y"])
    assert fitted.classes_.tolist() == ["x", "y"]
    assert len(fitted.support_.images) == 2


def test_unlike_pictures_are_rejected(fitted, draw):
    queries = np.concatenate([draw(3), draw(20, seed=1)])
    max_similarity = fitted.max_similarity(queries)
    np.testing.assert_allclose(max_similarity[:3], 1.0, atol=1e-5)
    fitted.set_params(reject=True, threshold=float(np.median(max_similarity)))
    names = fitted.predict(queries)
    rejected = [name is None for name in names]
    np.testing.assert_array_equal(rejected, max_similarity < fitted.threshold)
    assert 5 < sum(rejected) < 18
    answers = fitted.set_params(reject=False).predict(queries)
    np.testing.assert_array_equal(names[:3], answers[:3])


def test_rejected_pictures_get_the_wanted_label(fitted, draw):
    fitted.set_params(reject=True, threshold=1.1, reject_label="none of these")
    assert set(fitted.predict(draw(2))) == {"none of these"}


@pytest.mark.parametrize(("count", "threshold"), [(2, 0.97), (5, 0.99)])
def test_threshold_is_the_one_for_so_many_classes(classifier, draw, count, threshold):
    classifier.fit(draw(count), list(range(count)))
    assert classifier.rejection_threshold() == threshold


def test_model_without_a_threshold_says_so(model, config, draw, tmp_path):
    save_pretrained(model, config, tmp_path / "uncalibrated")
    classifier = OneShotClassifier(tmp_path / "uncalibrated", reject=True)
    classifier.fit(draw(3), NAMES)
    with pytest.raises(InputError, match="`threshold` must be given.*not calibrated"):
        classifier.predict(draw(1))


def test_network_that_was_taught_answers_whatever_replaces_it(
    model, config, draw, tmp_path
):
    folder = tmp_path / "model"
    save_pretrained(model, config, folder)
    classifier = OneShotClassifier(folder).fit(draw(3), NAMES)
    expected = classifier.predict_proba(draw(4, seed=1))
    other = dataclasses.replace(config, data=DataConfig(image_size=8))
    save_pretrained(make_model(other), other, folder)
    np.testing.assert_array_equal(classifier.predict_proba(draw(4, seed=1)), expected)
    taught_anew = classifier.fit(draw(3), NAMES).predict_proba(draw(4, seed=1))
    assert np.abs(taught_anew - expected).max() > 1e-3


def test_explanation_shows_the_picture_and_the_examples(fitted, draw):
    figure = fitted.explain(draw(1, seed=1)[0])
    assert isinstance(figure, Figure)
    assert len(figure.axes[0].images) == 1 + 3


def test_export_answers_as_the_classifier(fitted, draw, tmp_path):
    pictures = draw(4, seed=1)
    folder = fitted.export(tmp_path)
    assert folder == tmp_path / "1"
    classify = tf.saved_model.load(str(folder)).signatures["serving_default"]
    files = [tf.io.encode_png(picture[..., np.newaxis]) for picture in pictures]
    answer = classify(pictures=tf.stack(files))
    assert answer["class"].numpy().astype(str).tolist() == [
        str(name) for name in fitted.predict(pictures)
    ]
    np.testing.assert_allclose(
        answer["probabilities"], fitted.predict_proba(pictures), atol=1e-6
    )
    np.testing.assert_allclose(
        answer["max_similarity"], fitted.max_similarity(pictures), atol=1e-6
    )


def test_pickled_classifier_answers_the_same(fitted, draw):
    restored = pickle.loads(pickle.dumps(fitted))
    queries = draw(4, seed=1)
    np.testing.assert_array_equal(
        restored.predict_proba(queries), fitted.predict_proba(queries)
    )


def test_makers_check_what_they_are_given(pretrained_dir):
    made = OneShotClassifier.from_pretrained(pretrained_dir, ink="dark")
    assert (made.model, made.ink) == (pretrained_dir, "dark")
    for make in (OneShotClassifier.from_train_dir, OneShotClassifier.from_saved_model):
        with pytest.raises(InputError, match="`model` must be the folder of a"):
            make(pretrained_dir)


@pytest.mark.parametrize(
    "ask",
    [
        lambda c, x: c.predict(x),
        lambda c, x: c.predict_proba(x),
        lambda c, x: c.top_k(x, 1),
        lambda c, x: c.max_similarity(x),
        lambda c, x: c.explain(x[0]),
        lambda c, x: c.export("nowhere"),
        lambda c, x: c.rejection_threshold(),
    ],
)
def test_nothing_is_answered_before_something_is_taught(classifier, draw, ask):
    with pytest.raises(NotFittedError):
        ask(classifier, draw(1))


def _damage(folder):
    (folder / "hub.png").write_bytes(b"\x89PNG damaged")


def _empty_class(folder):
    (folder / "spoke").mkdir()


def _one_class(folder):
    for file in folder.glob("*/*"):
        file.unlink()
    for empty in ("axle", "wheel"):
        (folder / empty).rmdir()


def _same_picture(folder):
    (folder / "copy.png").write_bytes((folder / "axle" / "1.png").read_bytes())


def _name_twice(folder):
    (folder / "axle.png").write_bytes((folder / "hub.png").read_bytes())


@pytest.mark.parametrize("teach", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_damage, r"undamaged.*hub\.png"),
        (_empty_class, "must have a picture.*spoke"),
        (_same_picture, r"axle/1\.png as axle and .*copy\.png as copy"),
        (_name_twice, r"axle twice.*axle\.png"),
    ],
)
def test_bad_folder_changes_nothing(fitted, my_classes, draw, teach, spoil, message):
    spoil(my_classes)
    before, answers = _state(fitted), fitted.predict_proba(draw(4, seed=1))
    with pytest.raises(InputError, match=f"(?s){message}"):
        getattr(fitted, teach)(my_classes)
    assert _state(fitted) == before
    np.testing.assert_array_equal(fitted.predict_proba(draw(4, seed=1)), answers)


@pytest.mark.parametrize("teach", ["fit", "partial_fit"])
def test_one_class_is_not_enough(classifier, my_classes, teach):
    _one_class(my_classes)
    with pytest.raises(
        InputError, match="at least two classes. Received: 1 class, hub"
    ):
        getattr(classifier, teach)(my_classes)
    assert not hasattr(classifier, "classes_")


@pytest.mark.parametrize(
    ("images", "names", "message"),
    [
        (slice(0, 2), ["a"], "one name for each picture. Received: 1 names and 2"),
        (slice(0, 2), None, "must name the class of every picture"),
        (slice(0, 0), [], "at least two classes. Received: 0 classes"),
        ([0, 1, 0], ["a", "b", "c"], "picture 0 as a and picture 2 as c"),
    ],
)
def test_bad_arrays_change_nothing(fitted, draw, images, names, message):
    before = _state(fitted)
    with pytest.raises(InputError, match=message):
        fitted.fit(draw(2)[images], names)
    assert _state(fitted) == before


def test_picture_of_another_class_cannot_be_added(fitted, draw):
    before = _state(fitted)
    with pytest.raises(InputError, match="as axle and picture 0 as spoke"):
        fitted.partial_fit(draw(2)[1:], ["spoke"])
    assert _state(fitted) == before


def test_names_of_two_types_are_refused(fitted, draw):
    with pytest.raises(InputError, match="of the type of those before"):
        fitted.partial_fit(draw(1, seed=1), [3])


def test_failed_fit_on_rows_leaves_no_trace(classifier, draw):
    with pytest.raises(InputError, match="at least two classes"):
        classifier.fit(draw(1).reshape(1, 400), ["a"])
    assert not hasattr(classifier, "n_features_in_")


def test_unknown_ink_is_refused(fitted, draw):
    with pytest.raises(InputError, match="`ink` must be one of.*Received: blue"):
        fitted.set_params(ink="blue").predict(draw(1))


def test_names_with_a_folder_are_refused(classifier, my_classes):
    with pytest.raises(InputError, match="must not be given with a folder"):
        classifier.fit(my_classes, ["a"])


def test_missing_model_is_refused(draw):
    classifier = OneShotClassifier("no_such_model")  # Looked up when it is used.
    with pytest.raises(InputError, match="`model` must be.*no_such_model"):
        classifier.fit(draw(2), ["a", "b"])
