import dataclasses
import json
import re
import signal

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf import OneShotClassifier
from metanet_tf.commands import classify as classify_module
from metanet_tf.commands import command
from metanet_tf.commands.classify import classify
from metanet_tf.config import ClassifyConfig
from metanet_tf.data.pictures.folders import printable
from metanet_tf.utils.errors import InputError


def _draw(path, seed, side=20):
    picture = np.full([side, side], 255, np.uint8)
    for row, column in np.random.default_rng(seed).integers(3, side - 6, [3, 2]):
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
    similarities = [answer["max_similarity"] for answer in answers]
    expected = classifier.max_similarity(pictures)
    assert similarities == pytest.approx(expected.tolist(), abs=1e-4)
    assert {answer["is_known"] for answer in answers} == {None}
    assert {answer["is_blank"] for answer in answers} == {False}


def test_few_pictures_are_answered_alike_without_graphs(
    settings, pictures, monkeypatch, capsys
):
    were_eager = []
    teach = classify_module.teach

    def watched(*arguments, **keywords):
        were_eager.append(tf.config.functions_run_eagerly())
        return teach(*arguments, **keywords)

    monkeypatch.setattr(classify_module, "teach", watched)
    for few in (6, 5):  # There are three examples and three pictures.
        monkeypatch.setattr(classify_module, "FEW", few)
        classify(ClassifyConfig(**settings, json=True, top=2), pictures)
    assert were_eager == [True, False]
    assert not tf.config.functions_run_eagerly()
    eager, graph = (
        [json.loads(line) for line in lines]
        for lines in np.split(np.array(capsys.readouterr().out.splitlines()), 2)
    )
    for one, other in zip(eager, graph, strict=True):
        assert one["class"] == other["class"]
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)
        assert one["max_similarity"] == pytest.approx(other["max_similarity"], abs=1e-4)


def test_folder_stands_for_its_pictures(settings, pictures, tmp_path, capsys):
    classify(ClassifyConfig(**settings, json=True), [str(tmp_path / "query")])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {answer["picture"] for answer in answers} == set(pictures)


def test_unlike_pictures_are_none_of_these(settings, pictures, classifier, capsys):
    assert classify(ClassifyConfig(**settings, threshold=1.0), pictures[:1]) == 0
    (name,) = classifier.predict(pictures[:1])
    row = capsys.readouterr().out.splitlines()[1]
    similarity = classifier.max_similarity(pictures[:1])[0]
    nearest = rf"{name}, similarity {similarity:.2f}"
    assert re.match(rf"\S+ +none of these +nearest: {nearest}$", row)


def test_json_says_what_is_none_of_these(settings, pictures, classifier, capsys):
    config = ClassifyConfig(**settings, json=True, threshold=1.0)
    classify(config, pictures[:1])
    classify(dataclasses.replace(config, reject=False), pictures[:1])
    rejected, named = map(json.loads, capsys.readouterr().out.splitlines())
    (name,) = classifier.predict(pictures[:1])
    assert (rejected["class"], rejected["is_known"]) == (None, False)
    assert (named["class"], named["is_known"]) == (name, False)
    assert rejected["top"] == named["top"] and named["top"][0]["class"] == name


def test_verdict_needs_no_flag_where_the_model_has_a_threshold(
    save_calibrated, classes, pictures, capsys
):
    for threshold, is_named in ((1.1, False), (-1.0, True)):
        config = ClassifyConfig(str(save_calibrated(threshold)), str(classes))
        classify(config, pictures[:1])
        assert ("none of these" not in capsys.readouterr().out) is is_named
        classify(dataclasses.replace(config, reject=False), pictures[:1])
        assert "none of these" not in capsys.readouterr().out


def test_threshold_of_zero_is_one(save_calibrated, classes, pictures, capsys):
    config = ClassifyConfig(str(save_calibrated(1.1)), str(classes), threshold=0.0)
    classify(config, pictures[:1])
    assert "none of these" not in capsys.readouterr().out


@pytest.fixture
def save_calibrated(save_tiny_model, tmp_path):
    """Function: writes a model with a threshold."""
    return lambda threshold: save_tiny_model(tmp_path / "calibrated", {3: threshold})


BAD = {
    "cut.jpg": b"\xff\xd8\xff\xe0 cut off",
    "empty.png": b"",
    "really_a_pdf.png": b"%PDF-1.7",
}
REASONS = ["a JPEG picture that is cut off", "is empty", "is a PDF document"]


def _write_bad(folder):
    folder.mkdir(exist_ok=True)
    for name, content in BAD.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in BAD]


@pytest.mark.parametrize("at_once", [2, 256])
def test_bad_pictures_do_not_end_the_rest(
    settings, pictures, tmp_path, capsys, monkeypatch, at_once
):
    monkeypatch.setattr(classify_module, "AT_ONCE", at_once)
    classify(ClassifyConfig(**settings), pictures)
    expected = capsys.readouterr().out
    (tmp_path / "empty").mkdir()
    more = [str(tmp_path / "missing.png"), str(tmp_path / "empty")]
    bad = [*_write_bad(tmp_path / "bad"), *more]
    mixed = [bad[0], pictures[0], *bad[1:3], *pictures[1:], *more]
    assert classify(ClassifyConfig(**settings), mixed) == 1
    printed = capsys.readouterr()
    lines = [" ".join(line.split()) for line in printed.out.splitlines()]
    assert lines == [" ".join(line.split()) for line in expected.splitlines()]
    *named, summary = printed.err.splitlines()
    for line, path, reason in zip(
        named, bad, [*REASONS, "does not exist", "is a folder"], strict=True
    ):
        assert path in line and reason in line
    assert summary == "5 of 8 pictures could not be read."


def test_json_has_a_line_for_bad_pictures_too(settings, pictures, tmp_path, capsys):
    mixed = [*_write_bad(tmp_path / "bad"), pictures[0]]
    assert classify(ClassifyConfig(**settings, json=True), mixed) == 1
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["picture"] for answer in answers] == mixed
    for answer, reason in zip(answers, REASONS, strict=False):
        assert set(answer) == {"picture", "error"} and reason in answer["error"]
    assert "class" in answers[-1]


def test_bad_examples_are_all_named(settings, classes, pictures, tmp_path, capsys):
    bad = _write_bad(classes / "hub")
    with pytest.raises(InputError) as raised:
        classify(ClassifyConfig(**settings), pictures)
    for path, reason in zip(bad, REASONS, strict=True):
        assert re.search(f"{path} .*{reason}", str(raised.value))
    assert "3 of 6 that cannot" in str(raised.value)
    assert "--skip_unreadable" in str(raised.value)
    assert capsys.readouterr().out == ""


def test_bad_examples_may_be_left_out(settings, classes, pictures, capsys):
    classify(ClassifyConfig(**settings), pictures)
    expected = capsys.readouterr().out
    _write_bad(classes / "hub")
    config = ClassifyConfig(**settings, skip_unreadable=True)
    assert classify(config, pictures) == 0
    printed = capsys.readouterr()
    assert printed.out == expected
    assert printed.err.count("Left out. ") == 3


def test_class_without_any_example_left_is_named(settings, classes, pictures):
    (classes / "spoke.png").write_bytes(b"")
    with pytest.raises(InputError, match="No picture of spoke is left"):
        classify(ClassifyConfig(**settings, skip_unreadable=True), pictures)


def test_what_is_no_picture_is_passed_over_in_a_line(
    settings, classes, pictures, tmp_path, capsys
):
    for folder in (classes, classes / "hub", tmp_path / "query"):
        (folder / "__MACOSX").mkdir()
        for name in ("__MACOSX/._0.png", "README.txt", "Thumbs.db", "~$0.png"):
            (folder / name).write_bytes(b"no picture")
    assert (
        classify(ClassifyConfig(**settings, json=True), [str(tmp_path / "query")]) == 0
    )
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert printed.err.splitlines() == [
        f"Passed over in {classes}: 8 things that are no picture, README.txt, "
        "hub/README.txt among them.",
        f"Passed over in {tmp_path}/query: 4 things that are no picture, README.txt "
        "among them.",
    ]


def _blank(path):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.full([20, 20], 255, np.uint8)).save(path)
    return str(path)


def test_blank_pictures_are_told(settings, classes, pictures, tmp_path, capsys):
    blank = _blank(tmp_path / "blank.png")
    example = _blank(classes / "nothing.png")
    classify(ClassifyConfig(**settings), [blank, pictures[0]])
    printed = capsys.readouterr()
    rows = printed.out.splitlines()
    assert rows[1].startswith(blank) and rows[1].endswith("  blank")
    assert not rows[2].endswith("blank")
    assert re.match(f"No ink was found in {example}: .*\n$", printed.err)
    classify(ClassifyConfig(**settings, json=True), [blank, pictures[0]])
    answers = map(json.loads, capsys.readouterr().out.splitlines())
    assert [answer["is_blank"] for answer in answers] == [True, False]


@pytest.mark.parametrize(
    "name", ["two\nlines", "b\udcff", "caf\xe9", "\x1b[31mred", "a b"]
)
def test_any_name_of_a_folder_is_printed(
    settings, classes, pictures, tmp_path, capfd, name
):
    _draw(classes / name / "0.png", 5)
    query = _draw(tmp_path / "named" / name / "0.png", 6)
    config = ClassifyConfig(**settings, top=9)
    assert classify(config, [query]) == 0
    rows = capfd.readouterr().out.splitlines()
    assert len(rows) == 3 and sum(printable(name) in row for row in rows) == 1
    assert classify(dataclasses.replace(config, json=True), [query]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["picture"] == query
    assert name in [top["class"] for top in answer["top"]]


def test_pictures_that_are_too_large_are_named(settings, pictures, classes, capsys):
    _draw(classes.parent / "query" / "large.png", 3, side=300)
    large = str(classes.parent / "query" / "large.png")
    config = ClassifyConfig(**settings, max_megapixels=0.05)
    assert classify(config, [large, pictures[0]]) == 1
    printed = capsys.readouterr()
    assert f"{large} has 90,000 pixels; at most 50,000 are read" in printed.err
    assert pictures[0] in printed.out


@pytest.fixture
def taught_export(classifier, tmp_path):
    classifier.set_params(threshold=0.5).export(tmp_path / "models" / "mine")
    return str(tmp_path / "models" / "mine")


@pytest.mark.parametrize("json_flag", [False, True])
def test_taught_export_needs_no_examples(
    settings, taught_export, pictures, capsys, json_flag
):
    config = ClassifyConfig(**settings, json=json_flag, threshold=0.5)
    classify(config, pictures)
    expected = capsys.readouterr().out
    classify(ClassifyConfig(taught_export, json=json_flag), pictures)
    assert capsys.readouterr().out == expected


def test_taught_export_may_be_taught_other_examples(
    taught_export, classes, pictures, capsys
):
    (classes / "axle.png").rename(classes / "spoke.png")
    classify(
        ClassifyConfig(taught_export, str(classes), json=True, top=9), pictures[:1]
    )
    top = json.loads(capsys.readouterr().out)["top"]
    assert {answer["class"] for answer in top} == {"hub", "spoke", "wheel"}


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        ({}, [], "must be pictures to name"),
        ({}, ["{picture}", ""], "Received: an empty name"),
        (
            {},
            ["missing.png", "{empty}/none.png"],
            "must be a file.*missing.png, no such file",
        ),
        ({}, ["{empty}"], "a folder that holds some.*empty, an empty folder"),
        ({"support_dir": ""}, ["{picture}"], "`support_dir` must be a folder"),
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
    line = running.stderr.readline()
    assert re.search("inbox/bad.png is text", line)
    bad = json.loads(running.stdout.readline())
    assert bad == {"picture": str(inbox / "bad.png"), "error": line.strip()}
    arriving = _draw(inbox / "b.png", 21)
    assert json.loads(running.stdout.readline())["picture"] == arriving
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == 1
    assert running.stderr.read() == "1 of 4 pictures could not be read.\n"


@pytest.mark.parametrize(
    ("support_dir", "message"),
    [
        (None, "`support_dir` must be a folder of examples"),
        ("empty", "two classes or more.*empty, with none"),
        ("one", "two classes or more.*one, with one class, axle"),
    ],
)
def test_what_cannot_be_taught_is_told_before_tensorflow_is_there(
    settings, pictures, tmp_path, monkeypatch, support_dir, message
):
    monkeypatch.setattr(command, "quiet_import", lambda: pytest.fail("Imported."))
    (tmp_path / "empty").mkdir()
    _draw(tmp_path / "one" / "axle.png", 0)
    folder = str(tmp_path / support_dir) if support_dir else ""
    with pytest.raises(InputError, match=message):
        classify(ClassifyConfig(settings["model"], folder), pictures)
