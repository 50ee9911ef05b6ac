"""A model that was taught classes and exported, as it is meant to be served."""

import numpy as np
import pytest
from PIL import Image

from metanet_tf import OneShotClassifier

CLASSES = ["axle", "hub", "wheel"]


def _pictures(count, seed):
    drawn = np.random.default_rng(seed).random([count, 20, 20]) < 0.3
    return [Image.fromarray(np.where(ink, 0, 255).astype(np.uint8)) for ink in drawn]


@pytest.fixture(scope="module")
def classifier(tiny_model_dir):
    images = [np.asarray(picture) for picture in _pictures(3, seed=0)]
    return OneShotClassifier(tiny_model_dir, threshold=0.99).fit(images, CLASSES)


def test_server_names_pictures_as_the_classifier_does(classifier, run_server, tmp_path):
    files = []
    white = Image.new("L", (20, 20), 255)
    for index, picture in enumerate([*_pictures(4, seed=1), white]):
        picture.save(tmp_path / f"{index}.png")
        files.append((tmp_path / f"{index}.png").read_bytes())
    classifier.export(str(tmp_path / "model"))
    with run_server(tmp_path / "model") as server:
        status, answer = server.classify(*files)
        bad_status, bad_answer = server.classify(b"no picture")
    assert status == 200
    rows = answer["predictions"]
    assert [row["class"] for row in rows] == classifier.predict(files).tolist()
    assert all(row["class_names"] == CLASSES for row in rows)
    expected = classifier.answer(files)
    assert [row["is_known"] for row in rows] == expected.is_known.tolist()
    assert [row["is_blank"] for row in rows] == [False] * 4 + [True]
    np.testing.assert_allclose(
        [row["max_similarity"] for row in rows], expected.max_similarity, atol=1e-5
    )
    np.testing.assert_allclose(
        [row["probabilities"] for row in rows],
        classifier.predict_proba(files),
        atol=1e-5,
    )
    assert (bad_status, "`pictures`" in bad_answer["error"]) == (400, True)


def test_server_names_photographs_as_the_classifier_does(
    photograph_model_dir, photograph, run_server, tmp_path
):
    names = ["blue", "green", "red"]
    classifier = OneShotClassifier(photograph_model_dir)
    classifier.fit([photograph(name) for name in names], names)
    classifier.export(str(tmp_path / "model"))
    black = np.zeros([9, 12, 3], np.uint8)
    files = []
    for index, pixels in enumerate([*(photograph(n, seed=1) for n in names), black]):
        path = tmp_path / f"{index}.{('png', 'bmp', 'webp', 'png')[index]}"
        Image.fromarray(pixels).save(path, **({"lossless": True} if index == 2 else {}))
        files.append(path.read_bytes())
    with run_server(tmp_path / "model") as server:
        status, answer = server.classify(*files)
    assert status == 200
    rows = answer["predictions"]
    assert [row["is_blank"] for row in rows] == [False] * 4
    np.testing.assert_allclose(
        [row["probabilities"] for row in rows],
        classifier.predict_proba(files),
        atol=1e-5,
    )
