import copy
import dataclasses
import io
import itertools
import pickle
import shutil

import joblib
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.metrics import f1_score

from metanet_tf import OneShotClassifier
from metanet_tf.config import DataConfig
from metanet_tf.one_shot.pictures import BlankPictureWarning
from metanet_tf.pretrained import save_pretrained
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError

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


def test_all_classes_are_given_where_there_are_less_than_k(fitted, draw):
    found = fitted.top_k(draw(2), 4)
    assert found.names.shape == found.probabilities.shape == (2, 3)


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
    rejected = names == "none of these"
    np.testing.assert_array_equal(rejected, max_similarity < fitted.threshold)
    assert 5 < sum(rejected) < 18
    answers = fitted.set_params(reject=False).predict(queries)
    np.testing.assert_array_equal(names[:3], answers[:3])


@pytest.mark.parametrize(
    ("names", "wanted", "label"),
    [
        (["a", "b", "c"], None, "none of these"),
        (["a", "b", "c"], "?", "?"),
        ([0, 1, 2], None, -1),
        ([0, 1, 2], 9, 9),
        ([-1, 0, 1], None, -2),
        (np.array([7, 8, 9], np.uint8), None, -1),
        (np.array([7, 8, 9], np.uint64), None, -1),
        ([False, True, False], None, -1),
        ([1.0, 2.0, 3.0], None, -1),
    ],
)
def test_rejected_pictures_get_a_label_that_scorers_take(
    classifier, draw, names, wanted, label
):
    classifier.fit(draw(3), names)
    classifier.set_params(reject=True, threshold=1.0, reject_label=wanted)
    others = draw(3, seed=1)
    predicted = classifier.predict(others)
    assert predicted.tolist() == [label] * 3
    if np.asarray(names).dtype.kind in "iu":
        assert predicted.dtype.kind == "i"
    assert classifier.score(others, names) == 0.0
    assert f1_score(names, predicted, average="macro") == 0.0
    classifier.set_params(threshold=-1.0)
    assert classifier.score(draw(3), names) > 0.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("threshold", value) for value in (float("nan"), 5, -1.5, "a")),
        *(("max_pixels", value) for value in (None, "9", 0, 1.5)),
        ("ink", "blue"),
        ("reject_label", ["a", "b"]),
    ],
)
def test_settings_out_of_range_are_refused(classifier, draw, name, value):
    classifier.set_params(reject=True, threshold=1.0).fit(draw(2), ["a", "b"])
    with pytest.raises(InputError, match=f"`{name}` must be"):
        classifier.set_params(**{name: value}).predict(draw(1, seed=1))


@pytest.mark.parametrize("k", [0, 1.5, "3"])
def test_number_of_classes_to_show_is_a_whole_number(classifier, draw, k):
    with pytest.raises(InputError, match="`k` must be a whole number"):
        classifier.fit(draw(2), ["a", "b"]).top_k(draw(1), k=k)


def test_class_of_the_rejects_name_needs_another_label(classifier, draw):
    classifier.fit(draw(2), ["none of these", "b"])
    classifier.set_params(reject=True, threshold=0.5)
    with pytest.raises(InputError, match="`reject_label` must be given"):
        classifier.predict(draw(1))


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
    known = fitted.answer(pictures).is_known
    np.testing.assert_array_equal(answer["is_known"], known)


def _through_joblib(classifier):
    file = io.BytesIO()
    joblib.dump(classifier, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "pickle": lambda classifier: pickle.loads(pickle.dumps(classifier)),
    "joblib": _through_joblib,
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"reject": True, "threshold": 0.999},
        {"reject": True, "threshold": 1.0, "reject_label": "?"},
        {"ink": "light"},
    ],
)
@pytest.mark.parametrize("is_relative", [False, True])
def test_copy_answers_the_same_in_another_folder(
    pretrained_dir, draw, tmp_path, monkeypatch, copied, settings, is_relative
):
    monkeypatch.chdir(pretrained_dir.parent)
    model = pretrained_dir.name if is_relative else str(pretrained_dir)
    classifier = OneShotClassifier(model).fit(draw(3), NAMES)
    classifier.set_params(**settings)
    other, queries = copied(classifier), draw(9, seed=1)
    monkeypatch.chdir(tmp_path)
    assert other.get_params() == classifier.get_params()
    np.testing.assert_array_equal(other.predict(queries), classifier.predict(queries))
    np.testing.assert_array_equal(
        other.predict_proba(queries), classifier.predict_proba(queries)
    )
    other.partial_fit(draw(1, seed=2), ["spoke"])
    assert len(classifier.classes_) == 3


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_another_model_takes_effect_after_fit_alone(fitted, draw, copied):
    before = fitted.model
    fitted.set_params(model="omniglot")
    for classifier in (fitted, copied(fitted)):
        for ask in (classifier.predict, classifier.partial_fit):
            with pytest.raises(InputError, match="`model`.*omniglot.*fit again"):
                ask(draw(1))
        classifier.set_params(model=before).predict(draw(1))
        classifier.set_params(model="no_such_model")


def test_pickle_does_not_answer_with_another_model(model, config, draw, tmp_path):
    folder = tmp_path / "model"
    save_pretrained(model, config, folder)
    content = pickle.dumps(OneShotClassifier(folder).fit(draw(3), NAMES))
    other = dataclasses.replace(config, data=DataConfig(image_size=8))
    save_pretrained(make_model(other), other, folder)
    restored = pickle.loads(content)
    with pytest.raises(InputError, match=f"`model`.*{folder}.*changed.*fit again"):
        restored.predict(draw(1))
    shutil.rmtree(folder)
    with pytest.raises(InputError, match=f"`model`.*{folder}.*gone"):
        restored.predict(draw(1))


def test_pickle_moves_with_its_model(model, config, draw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_pretrained(model, config, "here/model")
    monkeypatch.chdir("here")
    classifier = OneShotClassifier("model").fit(draw(3), NAMES)
    expected = classifier.predict_proba(draw(2, seed=1))
    content = pickle.dumps(classifier)
    monkeypatch.chdir(tmp_path)
    shutil.move("here", "there")
    monkeypatch.chdir("there")
    restored = pickle.loads(content)
    np.testing.assert_array_equal(restored.predict_proba(draw(2, seed=1)), expected)


@pytest.fixture(scope="module")
def taught_export(pretrained_dir, draw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("taught")
    classifier = OneShotClassifier(pretrained_dir, ink="dark").fit(draw(3), NAMES)
    classifier.export(folder)
    return folder, classifier


def test_taught_export_is_a_classifier(taught_export, draw):
    folder, expected = taught_export
    classifier, queries = OneShotClassifier.from_saved_model(folder), draw(9, seed=1)
    assert classifier.classes_.tolist() == sorted(NAMES)
    assert (classifier.ink, classifier.threshold) == ("dark", None)
    assert classifier.rejection_threshold() == expected.rejection_threshold()
    np.testing.assert_allclose(
        classifier.predict_proba(queries), expected.predict_proba(queries), atol=1e-6
    )
    restored = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_allclose(
        restored.predict_proba(queries), expected.predict_proba(queries), atol=1e-6
    )


def test_taught_export_can_be_extended_and_exported(taught_export, draw, tmp_path):
    folder, expected = taught_export
    classifier, queries = OneShotClassifier.from_saved_model(folder), draw(9, seed=1)
    classifier.partial_fit(draw(1, seed=2), ["spoke"])
    expected = copy.copy(expected).partial_fit(draw(1, seed=2), ["spoke"])
    assert classifier.classes_.tolist() == sorted([*NAMES, "spoke"])
    again = OneShotClassifier.from_saved_model(classifier.export(tmp_path))
    for extended in (classifier, again):
        np.testing.assert_allclose(
            extended.predict_proba(queries), expected.predict_proba(queries), atol=1e-6
        )


def test_taught_export_keeps_numbers_and_a_threshold(pretrained_dir, draw, tmp_path):
    classifier = OneShotClassifier(pretrained_dir, threshold=0.25)
    classifier.fit(draw(3), [20, 10, -3]).export(tmp_path)
    read = OneShotClassifier.from_saved_model(tmp_path)
    assert read.classes_.tolist() == [-3, 10, 20]
    assert read.classes_.dtype == classifier.classes_.dtype
    assert read.threshold == 0.25
    assert OneShotClassifier.from_saved_model(tmp_path, threshold=0.5).threshold == 0.5


def test_picture_is_embedded_once(fitted, draw):
    """All that is asked of a picture comes from one call of the model."""
    calls, module = [], fitted._taught.model.module

    class Counting:
        def prepare_pixels(self, pixels, ink):
            return module.prepare_pixels(pixels, ink)

        def is_blank(self, images):
            return module.is_blank(images)

        def answer(self, memory, images):
            calls.append(len(images))
            return module.answer(memory, images)

    model = dataclasses.replace(fitted._taught.model, module=Counting())
    fitted._taught = fitted._taught._replace(model=model)
    fitted.set_params(reject=True)
    for ask in (fitted.predict, fitted.top_k, fitted.answer, fitted.explain):
        calls.clear()
        ask(draw(1))
        assert calls == [1]


def test_answer_is_what_the_other_methods_say(fitted, draw):
    queries = draw(9, seed=1)
    answer = fitted.answer(queries)
    np.testing.assert_array_equal(answer.classes, fitted.predict(queries))
    np.testing.assert_array_equal(answer.probabilities, fitted.predict_proba(queries))
    np.testing.assert_array_equal(answer.attention_weights, fitted.attention(queries))
    np.testing.assert_array_equal(answer.max_similarity, fitted.max_similarity(queries))
    known = answer.max_similarity >= fitted.rejection_threshold()
    np.testing.assert_array_equal(answer.is_known, known)
    assert not answer.is_blank.any()


def test_nothing_is_known_without_a_threshold(model, config, draw, tmp_path):
    save_pretrained(model, config, tmp_path / "uncalibrated")
    classifier = OneShotClassifier(tmp_path / "uncalibrated").fit(draw(3), NAMES)
    assert classifier.answer(draw(2)).is_known is None


def test_blank_pictures_are_warned_of(classifier, draw):
    white = np.full([20, 20], 255, np.uint8)
    with pytest.warns(BlankPictureWarning, match="found in picture 1: "):
        classifier.fit([draw(1)[0], white], ["drawing", "nothing"])
    with pytest.warns(BlankPictureWarning, match="found in picture 0: "):
        classifier.predict(white)
    assert classifier.answer([white, draw(1)[0]]).is_blank.tolist() == [True, False]


def test_prepared_pictures_stand_for_pictures(fitted, draw, tmp_path):
    queries = [draw(1)[0], tmp_path / "none.png", draw(1, seed=1)[0]]
    errors = []
    prepared = fitted.prepare(queries, unreadable=errors.append)
    assert [error.name for error in errors] == [str(tmp_path / "none.png")]
    np.testing.assert_array_equal(
        fitted.predict_proba(prepared), fitted.predict_proba(queries[::2])
    )
    np.testing.assert_array_equal(
        fitted.predict_proba(prepared.take([1])), fitted.predict_proba(queries[2])
    )
    taught = OneShotClassifier(fitted.model).fit(prepared, ["a", "b"])
    expected = OneShotClassifier(fitted.model).fit(queries[::2], ["a", "b"])
    np.testing.assert_array_equal(
        taught.predict_proba(prepared), expected.predict_proba(prepared)
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
        lambda c, x: c.answer(x),
        lambda c, x: c.attention(x),
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
        (_damage, r"hub\.png is a PNG picture that is cut off"),
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


def test_one_class_is_not_enough_to_fit(classifier, my_classes):
    _one_class(my_classes)
    with pytest.raises(
        InputError, match="at least two classes. Received: 1 class, hub"
    ):
        classifier.fit(my_classes)
    assert not hasattr(classifier, "classes_")


@pytest.mark.parametrize("classes", [None, ["axle", "hub"]])
def test_classes_may_come_one_after_the_other(classifier, draw, classes):
    pictures = draw(2)
    classifier.partial_fit(pictures[:1], ["hub"], classes)
    assert classifier.classes_.tolist() == ["hub"]
    for ask in (classifier.predict, classifier.explain, classifier.max_similarity):
        with pytest.raises(InputError, match="two classes. Received: 1 class, hub"):
            ask(pictures[:1])
    with pytest.raises(InputError, match="two classes. Received: 1 class, hub"):
        classifier.export("nowhere")
    classifier.partial_fit(pictures[1:], ["axle"], classes)
    expected = OneShotClassifier(classifier.model).fit(pictures, ["hub", "axle"])
    np.testing.assert_array_equal(
        classifier.predict_proba(draw(3, seed=1)),
        expected.predict_proba(draw(3, seed=1)),
    )


def test_classes_that_are_named_in_advance_are_all(classifier, draw):
    with pytest.raises(InputError, match="`classes` must hold.*none that is hub"):
        classifier.partial_fit(draw(2), ["hub", "axle"], classes=["axle"])


TEXTS = [
    ["x", "y"],
    np.array(["x", "y"]),
    np.array(["x", "y"], object),
    pd.Series(["x", "y"]),
    pd.Series(["x", "y"], dtype="string"),
    pd.Series(["x", "y"], dtype="category"),
    pd.Series(["x", "y"], dtype=object),
]
NUMBERS = [
    [5, 6],
    np.array([5, 6], np.int8),
    np.array([5, 6], object),
    pd.Series([5, 6]),
    pd.Series([5, 6], dtype="Int64"),
    pd.Series([5, 6], dtype="category"),
]


@pytest.mark.parametrize("kinds", [TEXTS, NUMBERS], ids=["text", "numbers"])
def test_labels_may_be_of_any_type_whatever_came_before(classifier, draw, kinds):
    queries = draw(3, seed=1)
    for first, second in itertools.permutations(kinds, 2):
        classifier.fit(draw(2), first)
        expected = classifier.predict_proba(queries)
        taught = OneShotClassifier(classifier.model)
        taught.partial_fit(draw(1), first[:1]).partial_fit(draw(2)[1:], second[1:])
        assert taught.classes_.tolist() == list(kinds[0])
        np.testing.assert_array_equal(taught.predict_proba(queries), expected)


def test_text_and_numbers_do_not_mix(classifier, draw):
    with pytest.raises(InputError, match="text alone or numbers alone.*int and str"):
        classifier.fit(draw(2), np.array(["a", 1], object))


@pytest.mark.parametrize(
    ("images", "names", "message"),
    [
        (slice(0, 2), ["a"], "one class for each picture. Received: 1 classes and 2"),
        (slice(0, 2), None, "`y` must name the class of every picture"),
        (slice(0, 0), [], "at least two classes. Received: no pictures"),
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
    with pytest.raises(
        InputError, match="of the kind of those before. Received: numbers"
    ):
        fitted.partial_fit(draw(1, seed=1), [3])


def test_failed_fit_on_rows_leaves_no_trace(classifier, draw):
    with pytest.raises(InputError, match="at least two classes"):
        classifier.fit(draw(1).reshape(1, 400), ["a"])
    assert not hasattr(classifier, "n_features_in_")


def test_unknown_ink_is_refused(fitted, draw):
    with pytest.raises(InputError, match="`ink` must be one of.*Received: blue"):
        fitted.set_params(ink="blue").predict(draw(1))


def test_names_with_a_folder_are_refused(classifier, my_classes):
    with pytest.raises(InputError, match="`y` must not be given with a folder"):
        classifier.fit(my_classes, ["a"])


def test_missing_model_is_refused(draw):
    classifier = OneShotClassifier("no_such_model")  # Looked up when it is used.
    with pytest.raises(InputError, match="`model` must be.*no_such_model"):
        classifier.fit(draw(2), ["a", "b"])


def test_folder_and_open_file_are_answered_about(fitted, my_classes):
    files = sorted(my_classes.rglob("*.png"))
    expected = fitted.predict(files).tolist()
    assert fitted.predict(my_classes).tolist() == expected
    with open(files[1], "rb") as file:
        assert fitted.predict(file).tolist() == expected[1:2]
    (my_classes / "none").mkdir()
    with pytest.raises(InputError, match="none is a folder"):
        fitted.predict(my_classes / "none")
