import json
import os

import pytest

from metanet_tf.files import write_json, write_text


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


def test_json_reads_back(tmp_path):
    write_json(tmp_path / "file.json", {"accuracy": 0.5})
    assert json.loads((tmp_path / "file.json").read_text()) == {"accuracy": 0.5}
