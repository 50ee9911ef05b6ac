import os

import pytest

from metanet_tf.utils.version_folders import add_version, newest_version


def _fill(folder):
    (folder / "saved_model.pb").write_text("new")


@pytest.fixture
def have_version(tmp_path):
    def add(name):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()

    return add


def test_largest_number_is_the_newest(tmp_path, have_version):
    for name in ("2", "10", "9", "backup", "11.part"):
        have_version(name)
    (tmp_path / "12").mkdir()  # Not yet written.
    assert newest_version(str(tmp_path)) == (10, tmp_path / "10")


def test_saved_model_is_version_1(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    assert newest_version(str(tmp_path)) == (1, tmp_path)


@pytest.mark.parametrize("name", ["", "missing"])
def test_folder_without_a_model_has_no_version(tmp_path, name):
    assert newest_version(str(tmp_path / name)) is None


@pytest.mark.parametrize("name", ["", "missing"])
def test_first_version_is_1(tmp_path, name):
    assert add_version(tmp_path / name, _fill) == tmp_path / name / "1"


def test_next_version_is_above_all_numbers(tmp_path, have_version):
    for name in ("2", "10", "backup"):
        have_version(name)
    (tmp_path / "12").mkdir()
    assert add_version(tmp_path, _fill) == tmp_path / "13"


def test_of_two_writers_at_once_each_gets_a_version(tmp_path):
    inner = []

    def fill_while_another_does(folder):
        _fill(folder)
        inner.append(add_version(tmp_path, _fill))

    outer = add_version(tmp_path, fill_while_another_does)
    assert sorted([outer, *inner]) == [tmp_path / "1", tmp_path / "2"]
    assert all((x / "saved_model.pb").is_file() for x in [outer, *inner])


def test_the_loser_of_a_race_takes_the_next_number(tmp_path, monkeypatch):
    rename = os.rename

    def lose_once(new, target):
        if target.name == "1" and not target.exists():
            target.mkdir()
            _fill(target)
        rename(new, target)

    monkeypatch.setattr(os, "rename", lose_once)
    assert add_version(tmp_path, _fill) == tmp_path / "2"
    assert sorted(x.name for x in tmp_path.iterdir()) == ["1", "2"]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="No space"):
        add_version(tmp_path, _fill)


@pytest.mark.parametrize("name", [str(10**18), "9" * 200])
def test_number_that_no_client_can_name_is_no_version(name, tmp_path, have_version):
    have_version("2")
    have_version(name)
    assert newest_version(tmp_path) == (2, tmp_path / "2")
    assert add_version(tmp_path, _fill) == tmp_path / "3"
