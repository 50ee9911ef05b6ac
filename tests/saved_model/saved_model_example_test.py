"""examples/saved_model.py, which shows that an export needs none of this package."""

import pathlib
import re
import runpy
import subprocess
import sys

import pytest
import tensorflow as tf

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "examples" / "saved_model.py"
PROGRAM = """
import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
assert not any(name.startswith("metanet") for name in sys.modules)
"""


@pytest.fixture
def task_dir(tmp_path, images):
    for index, picture in enumerate(images(6)):
        folder = tmp_path / ("support", "query")[index // 3] / "abc"[index % 3]
        folder.mkdir(parents=True)
        content = tf.io.encode_png(tf.cast(255.0 * picture, tf.uint8))
        (folder / "0.png").write_bytes(content.numpy())
    return tmp_path


def test_pictures_are_named_without_code_of_the_package(exported, task_dir):
    command = [sys.executable, "-c", PROGRAM, str(SCRIPT), exported, task_dir]
    done = subprocess.run(command, cwd=task_dir, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in "abc":
        assert re.search(rf"query/{name}/0.png [abc]\n", done.stdout)
    assert re.search("[0-3] of 3 right", done.stdout)


@pytest.mark.parametrize("arguments", [[], ["."], [".", "missing"]])
def test_wrong_arguments_are_answered_with_what_is_wanted(arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["saved_model.py", *arguments])
    with pytest.raises(SystemExit, match="Give the folders of an export and of a task"):
        runpy.run_path(str(SCRIPT))
