"""bin/classify, which shows that an export needs none of this project's code."""

import pathlib
import re
import subprocess
import sys

import pytest
import tensorflow as tf

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "bin" / "classify"
PROGRAM = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
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


def _run(exported, task_dir):
    command = [sys.executable, "-c", PROGRAM, str(SCRIPT)]
    command += [f"--export_dir={exported}", f"--task_dir={task_dir}"]
    return subprocess.run(command, cwd=task_dir, capture_output=True, text=True)


def test_pictures_are_named_without_project_code(exported, task_dir):
    done = _run(exported, task_dir)
    assert done.returncode == 0, done.stderr
    for name in "abc":
        assert re.search(rf"query/{name}/0.png +[abc] +[01]\.\d\d\n", done.stdout)
    assert re.search(r"[0-3] of 3 pictures", done.stdout)


def test_one_class_is_refused(exported, task_dir):
    for name in "bc":
        (task_dir / "support" / name / "0.png").unlink()
    done = _run(exported, task_dir)
    assert done.returncode == 2
    assert "--task_dir must" in done.stderr
    assert "1 classes and 3 queries" in done.stderr
