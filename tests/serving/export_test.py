import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.errors import InputError
from metanet_tf.serving import export_model

SIGNATURES = {"classify", "classify_encoded", "serving_default"}


@pytest.fixture(scope="module")
def signatures(exported):
    return tf.saved_model.load(str(exported)).signatures


@pytest.fixture
def task(images):
    return {
        "support_images": images(3),
        "support_labels": tf.constant([1, 2, 0]),
        "query_images": images(4, seed=1),
    }


@pytest.fixture
def earlier_export(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "export")


def _write_half(module, folder, signatures):
    pathlib.Path(folder, "half").write_text("written")


def _files_below(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


def test_signatures_name_inputs_and_outputs(signatures):
    assert set(signatures) == SIGNATURES
    for signature in signatures.values():
        assert set(signature.structured_input_signature[1]) == {
            "support_images",
            "support_labels",
            "query_images",
        }
        assert signature.structured_outputs["probabilities"].dtype == tf.float32
        assert signature.structured_outputs["labels"].dtype == tf.int32


@pytest.mark.parametrize("name", ["classify", "serving_default"])
def test_export_answers_as_the_model(signatures, tiny_model, task, name):
    expected = tf.nn.softmax(tiny_model(*task.values()).logits)
    np.testing.assert_allclose(
        signatures[name](**task)["probabilities"], expected, atol=1e-6
    )


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("support_labels", tf.constant([0, 1, 3]), r"\[0, N\)"),
        ("support_labels", tf.constant([0, 1]), "one label per support image"),
        ("support_images", tf.fill([3, 16, 16, 1], 255.0), r"\[0, 1\]"),
        ("query_images", tf.zeros([4, 28, 28, 1]), r"\[\*, 16, 16, 1\].*28 28"),
        ("query_images", tf.zeros([4, 16, 16]), r"\[\*, 16, 16, 1\].*4 16 16"),
    ],
)
def test_export_refuses_bad_input(signatures, task, argument, value, message):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=f"(?s)`{argument}` must .*{message}"
    ):
        signatures["classify"](**{**task, argument: value})


def test_weights_for_inference_alone_are_saved(exported, tiny_model):
    saved = tf.train.list_variables(str(exported / "variables" / "variables"))
    shapes = [tuple(shape) for name, shape in saved if name.endswith("VARIABLE_VALUE")]
    assert sorted(shapes) == sorted(tuple(v.shape) for v in tiny_model.variables)


@pytest.mark.parametrize("name", ["classify", "classify_encoded"])
def test_saved_model_cli_runs_it(exported, tmp_path, task, name):
    if name == "classify_encoded":
        for argument in ("support_images", "query_images"):
            task[argument] = _encoded(task[argument])
    np.savez(tmp_path / "task.npz", **task)
    inputs = ";".join(f"{key}={tmp_path}/task.npz[{key}]" for key in task)
    command = [sys.executable, "-m", "tensorflow.python.tools.saved_model_cli", "run"]
    command += [f"--dir={exported}", "--tag_set=serve", f"--signature_def={name}"]
    command += [f"--inputs={inputs}", f"--outdir={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "probabilities.npy").shape == (4, 3)
    assert np.load(tmp_path / "labels.npy").shape == (4,)


def _encoded(images):
    pictures = tf.cast(255.0 * images, tf.uint8)
    return np.array([tf.io.encode_png(picture).numpy() for picture in pictures])


def test_earlier_export_is_replaced(tiny_model, earlier_export, monkeypatch):
    monkeypatch.setattr(tf.saved_model, "save", _write_half)
    export_model(tiny_model, str(earlier_export))
    assert _files_below(earlier_export.parent) == {earlier_export / "half"}


@pytest.mark.parametrize(
    ("other", "beside_an_export"),
    [("thesis.txt", True), ("1/saved_model.pb", True), ("variables/x.csv", False)],
)
def test_folder_with_other_things_is_left_alone(
    tiny_model, earlier_export, other, beside_an_export
):
    if not beside_an_export:
        (earlier_export / "saved_model.pb").unlink()
    (earlier_export / other).parent.mkdir(exist_ok=True)
    (earlier_export / other).write_text("years of work")
    before = _files_below(earlier_export)
    with pytest.raises(InputError, match="`export_dir`.*something else.*--export_dir"):
        export_model(tiny_model, str(earlier_export))
    assert _files_below(earlier_export.parent) == before


def test_failed_export_leaves_the_earlier_one(tiny_model, earlier_export, monkeypatch):
    def full_disk(*arguments, **keywords):
        _write_half(*arguments, **keywords)
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    before = _files_below(earlier_export)
    monkeypatch.setattr(tf.saved_model, "save", full_disk)
    with pytest.raises(InputError, match="`export_dir`.*No space left.*Make room"):
        export_model(tiny_model, str(earlier_export))
    assert _files_below(earlier_export.parent) == before


def test_unwritable_place_is_named(tiny_model, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match="`export_dir` must be.*file/export"):
        export_model(tiny_model, str(tmp_path / "file" / "export"))
