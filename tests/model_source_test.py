import pathlib
import re

import pytest

from metanet_tf import model_source
from metanet_tf.model_source import Kind, find_model, find_trained, identify
from metanet_tf.utils.errors import InputError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty working folder, and a package with a pretrained model "tiny"."""
    _touch(tmp_path / "package" / "tiny" / "model.json")
    monkeypatch.setattr(model_source, "PACKAGED", tmp_path / "package")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def _touch(*files):
    for file in map(pathlib.Path, files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("model.json", Kind.PRETRAINED),
        ("flags.txt", Kind.RUN),
        ("saved_model.pb", Kind.EXPORT),
    ],
)
def test_folder_is_known_by_its_files(file, kind):
    _touch(f"folder/{file}")
    assert identify("folder") == (kind, pathlib.Path("folder"))
    assert identify(pathlib.Path("folder")) == identify("folder")


def test_of_numbered_exports_the_highest_is_taken():
    _touch(*(f"models/{number}/saved_model.pb" for number in ("2", "10", "9")))
    assert identify("models") == (Kind.VERSIONS, pathlib.Path("models/10"))


def test_bare_name_is_the_pretrained_model_and_a_path_the_folder(tmp_path):
    _touch("tiny/flags.txt", "other/flags.txt")
    packaged = (Kind.PRETRAINED, tmp_path / "package" / "tiny")
    run = (Kind.RUN, pathlib.Path("tiny"))
    assert identify("tiny") == packaged
    for path in ("./tiny", "tiny/", pathlib.Path("tiny")):
        assert identify(path) == run
    assert identify("other") == (Kind.RUN, pathlib.Path("other"))


def test_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    _touch(tmp_path / "run" / "flags.txt")
    assert identify("~/run") == (Kind.RUN, tmp_path / "run")


@pytest.mark.parametrize("model", ["missing", "empty", "text.txt"])
def test_what_is_no_model_is_none(model):
    pathlib.Path("empty").mkdir()
    _touch("text.txt")
    assert identify(model) is None


def test_without_a_model_those_that_can_be_used_are_listed():
    _touch(
        "runs/b/flags.txt",
        "runs/a/flags.txt",
        "runs/a/export/saved_model.pb",
        "runs/notes/readme.txt",
        "models/mine/1/saved_model.pb",
    )
    received = {
        "": "Received: nothing.",
        "missing": "Received: missing, which holds no model.",
    }
    for model, words in received.items():
        with pytest.raises(InputError, match=re.escape(words)) as error:
            find_trained(model)
        assert "There are: tiny, runs/a, runs/b. " in str(error.value)
    with pytest.raises(InputError, match="There are: tiny, .*export, models/mine. "):
        find_model("")


def test_without_any_model_the_commands_that_make_one_are_named():
    with pytest.raises(InputError, match="There is none here; bin/train makes a run"):
        find_model("", [Kind.RUN])


def test_model_of_another_kind_is_refused_with_the_remedy():
    _touch("runs/a/flags.txt")
    with pytest.raises(InputError) as error:
        find_model("runs/a", [Kind.EXPORT, Kind.VERSIONS], remedy="Export it.")
    assert str(error.value) == (
        "`model` must be the folder of an export or a folder of numbered exports. "
        "Received: runs/a, which is the folder of a run. Export it."
    )


def test_name_that_is_mistyped_is_recognized():
    with pytest.raises(InputError, match="Did you mean tiny[?] There are: tiny"):
        find_model("tinny")
