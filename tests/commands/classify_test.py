import json
import re
import signal

import numpy as np
import pytest
from PIL import Image

from metanet_tf import OneShotClassifier
from metanet_tf.commands.classify import classify
from metanet_tf.config import ClassifyConfig
from metanet_tf.errors import InputError


def _draw(path, seed):
    picture = np.full([20, 20], 255, np.uint8)
    for row, column in np.random.default_rng(seed).integers(3, 14, [3, 2]):
        picture[row : row + 2, 3 : column + 3] = 0
        picture[row:, column] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return str(path)


@pytest.fixture
def classes(tmp_path):
    for seed, file in enumerate(["axle.png", "hub/0.png", "wheel/0.png"]):
        _draw(tmp_path / "classes" / file, seed)
    return tmp_path / "classes"


@pytest.fixture
def pictures(tmp_path):
    files = ["query/axle/0.png", "query/wheel/0.png", "query/1.webp"]
    return [_draw(tmp_path / file, 10 + i) for i, file in enumerate(files)]


@pytest.fixture
def settings(tiny_model_dir, classes):
    return {"model": tiny_model_dir, "support_dir": str(classes)}


@pytest.fixture
def classifier(settings):
    return OneShotClassifier(settings["model"]).fit(settings["support_dir"])


def test_table_names_every_picture(settings, pictures, classifier, capsys):
    classify(ClassifyConfig(**settings), pictures)
    heading, *rows, score = capsys.readouterr().out.splitlines()
    assert heading.split() == ["picture", "is", "a", "probability"]
    names, probabilities = classifier.top_k(pictures, 1)
    for row, *expected in zip(rows, pictures, names, probabilities, strict=True):
        assert row.split() == [expected[0], *expected[1], f"{expected[2][0]:.2f}"]
    right = sum(names[:2, 0] == ["axle", "wheel"])
    assert score == f"{right} of 2 pictures of known class are named right."


def test_json_holds_the_best_classes(settings, pictures, classifier, capsys):
    classify(ClassifyConfig(**settings, json=True, top=2), pictures)
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["picture"] for answer in answers] == pictures
    names, probabilities = classifier.top_k(pictures, 2)
    for answer, name, probability in zip(answers, names, probabilities, strict=True):
        assert answer["class"] == name[0]
        assert [top["class"] for top in answer["top"]] == name.tolist()
        shares = [top["probability"] for top in answer["top"]]
        assert shares == pytest.approx(probability.tolist(), abs=1e-4)
    familiarities = [answer["familiarity"] for answer in answers]
    expected = classifier.familiarity(pictures)
    assert familiarities == pytest.approx(expected.tolist(), abs=1e-4)


def test_folder_stands_for_its_pictures(settings, pictures, tmp_path, capsys):
    classify(ClassifyConfig(**settings, json=True), [str(tmp_path / "query")])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {answer["picture"] for answer in answers} == set(pictures)


def test_unfamiliar_pictures_are_none_of_these(settings, pictures, capsys):
    config = ClassifyConfig(**settings, reject=True, threshold=1.0)
    classify(config, pictures[:1])
    assert "none of these" in capsys.readouterr().out


def test_thresholds_are_needed_to_reject(settings, pictures):
    with pytest.raises(InputError, match="`threshold` must be given"):
        classify(ClassifyConfig(**settings, reject=True), pictures)


def test_nothing_is_printed_where_one_picture_is_damaged(
    settings, pictures, tmp_path, capsys
):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG damaged")
    with pytest.raises(InputError, match="undamaged.*bad.png"):
        classify(ClassifyConfig(**settings), [*pictures, str(tmp_path / "bad.png")])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        ({}, [], "must be pictures to name"),
        ({}, ["missing.png"], "must be a file.*missing.png"),
        ({}, ["{empty}"], "a folder that holds some.*empty"),
        ({"support_dir": ""}, ["a.png"], "`support_dir` must be a folder"),
        ({"support_dir": "{empty}/none"}, ["a.png"], "must lie in a folder"),
        ({"watch": "{empty}/none"}, [], "`watch` must be a folder"),
        ({"model": "{empty}"}, ["{picture}"], "`model` must be"),
    ],
)
def test_what_is_missing_is_named(settings, pictures, tmp_path, change, given, message):
    places = {"empty": str(tmp_path / "empty"), "picture": pictures[0]}
    (tmp_path / "empty").mkdir()
    change = {name: value.format(**places) for name, value in change.items()}
    with pytest.raises(InputError, match=message):
        classify(
            ClassifyConfig(**{**settings, **change}),
            [name.format(**places) for name in given],
        )


def test_pictures_are_named_and_then_those_that_arrive(
    settings, pictures, tmp_path, start
):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    flags = [f"--{name}={value}" for name, value in settings.items()]
    running = start("classify", pictures[0], *flags, "--json", f"--watch={inbox}")
    assert json.loads(running.stdout.readline())["picture"] == pictures[0]
    assert "Watching" in running.stderr.readline()
    arriving = _draw(inbox / "a.png", 20)
    assert json.loads(running.stdout.readline())["picture"] == arriving
    (inbox / "bad.png").write_bytes(b"no picture")
    assert re.search("undamaged.*inbox/bad.png", running.stderr.readline())
    arriving = _draw(inbox / "b.png", 21)
    assert json.loads(running.stdout.readline())["picture"] == arriving
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == 0
    assert running.stderr.read() == ""
