import json
import os
import pathlib
import subprocess
import sys

import filelock
import pytest

from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import (
    file_errors,
    literal_path,
    new_folder,
    parse_json,
    remove_leftovers,
    write_aside,
    write_between,
    write_json,
    write_text,
)

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def test_text_replaces_what_was_there(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "old")
    write_text(path, "new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "file"
    with write_aside(path) as first, write_aside(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["file"]


def test_error_in_writing_names_the_flag():
    message = r"`train_dir` must be.*Received: runs/a \(.*No space.*change --train_dir"
    with pytest.raises(InputError, match=message):
        with file_errors("train_dir", "runs/a"):
            raise OSError(28, "No space left on device")


def test_json_reads_back(tmp_path):
    write_json(tmp_path / "file.json", {"accuracy": 0.5})
    assert json.loads((tmp_path / "file.json").read_text()) == {"accuracy": 0.5}


@pytest.fixture
def old_folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    return folder


def test_new_folder_replaces_what_was_there(old_folder):
    with new_folder(old_folder) as folder:
        (folder / "new.txt").write_text("new")
    assert os.listdir(old_folder) == ["new.txt"]
    assert os.listdir(old_folder.parent) == ["folder"]


def test_folder_that_could_not_be_filled_leaves_the_old_one_alone(old_folder):
    with pytest.raises(OSError, match="No space left"), new_folder(old_folder) as new:
        (new / "half.txt").write_text("half")
        raise OSError("No space left on device")
    assert os.listdir(old_folder) == ["old.txt"]
    assert os.listdir(old_folder.parent) == ["folder"]


def test_new_folder_makes_the_folders_above_it(tmp_path):
    target = tmp_path / "a" / "b"
    with new_folder(target):
        assert not target.exists()
    assert target.is_dir()


def test_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    flushed, replaced = [], []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(len(replaced)))
    replace = os.replace

    def note(source, target):
        replaced.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", note)
    write_text(tmp_path / "file", "text")
    assert flushed == [0, 1]  # The file before, its folder after.
    with new_folder(tmp_path / "folder") as folder:
        (folder / "a").touch()
        (folder / "b").touch()
    assert flushed[2:] == [1, 1, 1, 2]


@pytest.mark.parametrize("name", ["lr[1e-3]", "z?", "all*", "back\\slash", "[!x]"])
def test_a_name_that_is_a_pattern_gets_a_link(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "file").write_text("text")
    path = literal_path(folder)
    assert not set("*?[]\\") & set(path)
    assert open(os.path.join(path, "file")).read() == "text"
    assert literal_path(tmp_path) == str(tmp_path)


def test_what_killed_writers_left_is_removed(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "new").touch()
    (tmp_path / "results.json").touch()
    for left in (".export-abcd_123.part", ".flags.txt-efgh4567.part", "ckpt-100_temp"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "lock").touch()
        (tmp_path / left / "new").touch()
    remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["kept", "results.json"]


def test_next_writer_removes_what_a_killed_one_left(tmp_path):
    program = (
        "import os, pathlib, sys\n"
        "from metanet_tf.utils.files import write_aside\n"
        "with write_aside(pathlib.Path(sys.argv[1])) as aside:\n"
        "    aside.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    path = tmp_path / "a[b].txt"
    subprocess.run([sys.executable, "-c", program, path], check=False, cwd=REPOSITORY)
    with write_aside(tmp_path / "other.txt") as other:
        other.write_text("other")
        (left,) = (x for x in os.listdir(tmp_path) if x.startswith(".a[b].txt-"))
        write_text(path, "whole")
        assert not (tmp_path / left).exists()
        remove_leftovers(tmp_path)  # The other's writer lives.
    assert sorted(os.listdir(tmp_path)) == ["a[b].txt", "other.txt"]


def test_disk_without_locks_will_do(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise NotImplementedError

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    write_text(tmp_path / "file", "text")
    assert os.listdir(tmp_path) == ["file"]


def test_folders_of_others_stay(tmp_path):
    for name in ("notes_temp", "ckpt-notes", ".cache-of-mine", ".a-b.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lock").touch()
    remove_leftovers(tmp_path)
    assert len(os.listdir(tmp_path)) == 4


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff"])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_json(text)


def test_json_is_parsed():
    assert parse_json(b'{"a": [1]}') == {"a": [1]}


def test_what_stands_between_two_marks_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("a <b> old <e> c")
    for _ in range(2):
        write_between(page, "<b>", "<e>", "new")
        assert page.read_text() == "a <b>\n\nnew\n\n<e> c"


@pytest.mark.parametrize("text", ["", "<b>", "<e>", "<e> <b>"])
def test_a_page_that_lacks_a_mark_is_not_changed(text, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(InputError, match=r"`page` must have the marks.*page\.md"):
        write_between(page, "<b>", "<e>", "new")
    assert page.read_text() == text
