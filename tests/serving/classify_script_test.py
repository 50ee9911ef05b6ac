"""bin/classify, which shows that an export needs none of this project's code."""

import pathlib
import re
import runpy
import subprocess
import sys

import pytest
import tensorflow as tf

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "bin" / "classify"
GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff2c00000000010001000002024401003b"
)
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


def _arguments(export_dir, task_dir):
    return [str(SCRIPT), f"--export_dir={export_dir}", f"--task_dir={task_dir}"]


def test_pictures_are_named_without_project_code(exported, task_dir, monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")  # As for somebody who types it.
    command = [sys.executable, "-c", PROGRAM, *_arguments(exported, task_dir)]
    done = subprocess.run(command, cwd=task_dir, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for name in "abc":
        assert re.search(rf"query/{name}/0.png +[abc] +[01]\.\d\d\n", done.stdout)
    assert re.search(r"[0-3] of 3 pictures", done.stdout)


@pytest.fixture
def refusal(task_dir, monkeypatch, capsys):
    """Function: the one message with which the script exits with code 2."""

    def run(export_dir):
        monkeypatch.setattr(sys, "argv", _arguments(export_dir, task_dir))
        with pytest.raises(SystemExit) as stopped:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        assert stopped.value.code == 2
        return capsys.readouterr().err.strip()

    return run


def test_one_class_is_refused(exported, task_dir, refusal):
    for name in "bc":
        (task_dir / "support" / name / "0.png").unlink()
    assert re.fullmatch(
        "--task_dir must .* 1 classes and 3 queries.*another folder.", refusal(exported)
    )


def test_example_without_a_class_is_refused(exported, task_dir, refusal):
    (task_dir / "support" / "a" / "0.png").rename(task_dir / "support" / "loose.png")
    assert re.fullmatch(
        "--task_dir must .* loose.png directly in support/.*classes.", refusal(exported)
    )


def test_folder_without_a_saved_model_is_refused(tmp_path, refusal):
    assert re.fullmatch(
        "(?s)--export_dir must .*/query .*Choose another folder.",
        refusal(tmp_path / "query"),
    )


@pytest.mark.parametrize("content", [b"\x89PNG damaged", GIF])
def test_file_that_is_no_picture_is_named(exported, task_dir, refusal, content):
    (task_dir / "query" / "b" / "0.png").write_bytes(content)
    assert re.fullmatch(
        "--task_dir must .*query/b/0.png. Replace or remove that file.",
        refusal(exported),
    )


def test_home_folder_is_understood(task_dir, refusal, monkeypatch):
    monkeypatch.setenv("HOME", str(task_dir))
    assert f"{task_dir}/missing" in refusal("~/missing")
