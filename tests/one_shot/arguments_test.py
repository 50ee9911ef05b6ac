"""One picture or many: what each method takes an argument for."""

import io

import numpy as np
import pytest
from PIL import Image

from metanet_tf import OneShotClassifier
from metanet_tf.one_shot.arguments import checked_labels, is_one_picture
from metanet_tf.utils.errors import InputError

NAMES = ["wheel", "axle", "hub"]
METHODS = ["predict", "predict_proba", "top_k", "attention", "max_similarity", "answer"]


@pytest.fixture(scope="module")
def by_pictures(pretrained_dir, draw):
    return OneShotClassifier(pretrained_dir).fit(draw(3), NAMES)


@pytest.fixture(scope="module")
def by_rows(pretrained_dir, draw):
    """A classifier that was taught by rows of 400 numbers."""
    return OneShotClassifier(pretrained_dir).fit(draw(3).reshape(3, 400), NAMES)


def _png(picture):
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


ONE_PICTURE = {
    "path": lambda picture, path: path,
    "text": lambda picture, path: str(path),
    "bytes": lambda picture, path: _png(picture),
    "image": lambda picture, path: Image.fromarray(picture),
    "grey": lambda picture, path: picture,
    "channel": lambda picture, path: picture[..., np.newaxis],
    "colours": lambda picture, path: np.stack([picture] * 3, axis=-1),
    "opaque": lambda picture, path: np.asarray(
        Image.fromarray(picture).convert("RGBA")
    ),
}


@pytest.mark.parametrize("kind", ONE_PICTURE)
@pytest.mark.parametrize("method", METHODS)
def test_one_picture_gets_one_answer(by_pictures, draw, write, tmp_path, kind, method):
    (picture,) = draw(1, seed=1)
    given = ONE_PICTURE[kind](picture, write(tmp_path / "a.png", picture))
    ask = getattr(by_pictures, method)
    found, expected = ask(given), ask([picture])
    if not isinstance(found, tuple):
        found, expected = [found], [expected]
    for value, right in zip(found, expected, strict=True):
        assert len(value) == 1
        np.testing.assert_array_equal(value, right)


@pytest.mark.parametrize("kind", ONE_PICTURE)
def test_one_picture_is_explained_in_a_list_or_not(
    by_pictures, draw, write, tmp_path, kind
):
    (picture,) = draw(1, seed=1)
    given = ONE_PICTURE[kind](picture, write(tmp_path / "a.png", picture))
    for pictures in (given, [given]):
        notes = by_pictures.explain(pictures).axes[0].texts
        assert notes[0].get_text().startswith(by_pictures.predict(picture)[0])


@pytest.mark.parametrize("count", [0, 2])
def test_several_pictures_are_not_explained_at_once(by_pictures, draw, count):
    with pytest.raises(InputError, match=f"one picture. Received: {count}."):
        by_pictures.explain(draw(count))


@pytest.mark.parametrize("one", [lambda p: p, _png, Image.fromarray])
def test_one_picture_is_taught_with_one_class(by_pictures, pretrained_dir, draw, one):
    classifier = OneShotClassifier(pretrained_dir)
    for picture, name in zip(draw(3), NAMES, strict=True):
        classifier.partial_fit(one(picture), name)
    queries = draw(4, seed=1)
    np.testing.assert_array_equal(
        classifier.predict_proba(queries), by_pictures.predict_proba(queries)
    )


def test_generator_is_a_list(by_pictures, draw, write, tmp_path):
    for index, picture in enumerate(draw(3)):
        write(tmp_path / f"{index}.png", picture)
    found = by_pictures.predict(path for path in sorted(tmp_path.glob("*.png")))
    np.testing.assert_array_equal(found, by_pictures.predict(draw(3)))


def test_rows_answer_as_pictures(by_rows, by_pictures, draw):
    assert not hasattr(by_pictures, "n_features_in_")
    assert by_rows.n_features_in_ == 400
    queries = draw(4, seed=1)
    expected = by_pictures.predict_proba(queries)
    rows = queries.reshape(4, 400)
    for given in (rows, rows.tolist(), queries, list(queries), rows.astype(float)):
        np.testing.assert_array_equal(by_rows.predict_proba(given), expected)
    np.testing.assert_array_equal(by_rows.predict_proba(rows[:1]), expected[:1])


def test_rows_are_pictures_for_who_was_taught_pictures(by_pictures, draw):
    queries = draw(4, seed=1)
    expected = by_pictures.predict_proba(queries)
    rows = queries.reshape(4, 400)
    for given in (rows.tolist(), list(rows), (rows / 255).tolist()):
        np.testing.assert_array_equal(by_pictures.predict_proba(given), expected)


def test_rows_of_another_length_are_refused(by_rows, draw):
    with pytest.raises(ValueError, match="X has 19 features.*expecting 400 features"):
        by_rows.predict(draw(3)[0][:, :19])


def test_square_of_as_many_numbers_as_a_row_is_a_picture(by_rows, draw):
    (picture,) = draw(1, seed=1)
    expected = by_rows.predict_proba(picture.reshape(1, 400))
    np.testing.assert_array_equal(by_rows.predict_proba(picture), expected)


def test_rows_that_are_no_squares_are_filled_up(pretrained_dir, draw):
    rows = draw(3).reshape(3, 400)
    classifier = OneShotClassifier(pretrained_dir)
    with pytest.warns(UserWarning, match="Rows of 390 numbers.*filled up to 20 x 20"):
        classifier.fit(rows[:, :390], NAMES)
    with pytest.warns(UserWarning, match="Rows of 390 numbers"):
        answered = classifier.predict_proba(rows[:, :390])
    rows[:, 390:] = rows[:, 389:390]
    expected = OneShotClassifier(pretrained_dir).fit(rows, NAMES).predict_proba(rows)
    np.testing.assert_array_equal(answered, expected)


def test_equal_rows_of_two_classes_are_no_mistake(pretrained_dir, draw):
    rows = draw(3)[[0, 0, 1, 2]].reshape(4, 400)
    classifier = OneShotClassifier(pretrained_dir).fit(rows, ["a", "b", "a", "b"])
    assert np.isfinite(classifier.predict_proba(rows)).all()


@pytest.mark.parametrize(
    ("shape", "num_features", "is_one"),
    [
        ((64, 64), None, True),
        ((1797, 64), None, True),
        ((64, 64), 64, False),
        ((1, 64), 64, False),
        ((1797, 64), 64, False),
        ((8, 8), 64, True),
        ((28, 28), 64, False),
        ((1, 1), 1, False),
        ((16, 4), 64, False),
        ((64, 64, 1), 64, True),
        ((64, 64, 4), None, True),
        ((64, 64, 5), None, False),
        ((3, 64, 64), None, False),
        ((2, 64, 64, 3), None, False),
        ((64,), 64, False),
    ],
)
def test_shape_tells_one_picture_from_many(shape, num_features, is_one):
    assert is_one_picture(np.zeros(shape), num_features) is is_one


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", 1, 2], "text alone or numbers alone"),
        (("a", "b", None), "text alone or numbers alone"),
        (["a\0", "a", "b"], "without a NUL"),
    ],
)
def test_labels_that_numpy_would_change_are_refused(labels, message):
    with pytest.raises(InputError, match=f"`y` must hold .*{message}"):
        checked_labels(labels, 3)


def test_export_of_rows_says_that_it_takes_pictures(by_rows, draw, tmp_path):
    with pytest.warns(UserWarning, match="not for rows of 400 numbers"):
        folder = by_rows.export(tmp_path)
    exported = OneShotClassifier.from_saved_model(folder)
    expected = by_rows.predict(draw(3).reshape(3, 400))
    np.testing.assert_array_equal(exported.predict(draw(3)), expected)


def test_nothing_is_no_example(by_pictures):
    with pytest.raises(InputError, match="Received: no pictures"):
        by_pictures.partial_fit([], [])
