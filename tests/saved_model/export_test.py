import pathlib
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.saved_model import (
    TaughtClasses,
    TaughtClassifier,
    export_model,
    export_taught,
)
from metanet_tf.utils.errors import InputError

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


# The command several times, since it takes seconds to import.
SAVED_MODEL_CLI = """
import sys
from tensorflow.python.tools import saved_model_cli
for arguments in sys.argv[1:]:
    sys.argv = ["saved_model_cli", *arguments.split()]
    try:
        saved_model_cli.main()
    except SystemExit as end:
        assert not end.code
"""


def test_saved_model_cli_runs_it(exported, tmp_path, task):
    encoded = {
        name: _encoded(task[name]) for name in ("support_images", "query_images")
    }
    tasks = {"classify": task, "classify_encoded": {**task, **encoded}}
    command = [sys.executable, "-c", SAVED_MODEL_CLI]
    for name, values in tasks.items():
        np.savez(tmp_path / f"{name}.npz", **values)
        inputs = ";".join(f"{key}={tmp_path}/{name}.npz[{key}]" for key in values)
        command.append(
            f"run --dir={exported} --tag_set=serve --signature_def={name} "
            f"--inputs={inputs} --outdir={tmp_path}/{name}"
        )
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in tasks:
        assert np.load(tmp_path / name / "probabilities.npy").shape == (4, 3)
        assert np.load(tmp_path / name / "labels.npy").shape == (4,)


def _encoded(images):
    pictures = tf.cast(255.0 * images, tf.uint8)
    return np.array([tf.io.encode_png(picture).numpy() for picture in pictures])


def test_earlier_export_is_replaced(tiny_model, earlier_export, monkeypatch):
    monkeypatch.setattr(tf.saved_model, "save", _write_half)
    export_model(tiny_model, str(earlier_export))
    files = {earlier_export / "half", earlier_export / "SHA256SUMS"}
    assert _files_below(earlier_export.parent) == files


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


@pytest.fixture(scope="module")
def taught(classifier, images):
    labels = np.arange(3, dtype=np.int32)
    classes = TaughtClasses(images(3).numpy(), labels, ("ash", "beech", "cedar"))
    return TaughtClassifier(classifier, classes)


@pytest.fixture(scope="module")
def taught_export(taught, tmp_path_factory):
    return export_taught(taught, str(tmp_path_factory.mktemp("taught") / "models"))


@pytest.fixture
def fake_save(monkeypatch):
    monkeypatch.setattr(tf.saved_model, "save", _write_half)


FOREIGN_PROGRAM = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
files = [tf.io.read_file(path) for path in sys.argv[2:]]
answer = model.signatures["serving_default"](pictures=tf.stack(files))
assert not any(name.startswith("metanet") for name in sys.modules)
print([name.decode() for name in answer["class"].numpy()])
"""


def test_taught_classes_are_named_without_project_code(
    taught, taught_export, images, tmp_path
):
    files = []
    for index, content in enumerate(_encoded(1.0 - images(3))):
        files.append(tmp_path / f"{index}.png")
        files[-1].write_bytes(content)
    expected = taught.classify_pictures(tf.stack([f.read_bytes() for f in files]))
    command = [sys.executable, "-c", FOREIGN_PROGRAM, taught_export, *files]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = [name.decode() for name in expected["class"].numpy()]
    assert done.stdout.strip() == str(names)


def test_taught_export_has_both_kinds_of_signatures(
    taught, taught_export, images, task
):
    signatures = tf.saved_model.load(str(taught_export)).signatures
    assert set(signatures) == SIGNATURES | {"classify_images"}
    for name, argument, dtype in [
        ("serving_default", "pictures", tf.string),
        ("classify_images", "images", tf.float32),
    ]:
        arguments = signatures[name].structured_input_signature[1]
        assert {key: spec.dtype for key, spec in arguments.items()} == {argument: dtype}
    answer = signatures["classify_images"](images=images(4, seed=1))
    expected = taught.classify_images(images(4, seed=1))
    assert set(answer) == set(expected)
    for name, tensor in expected.items():
        np.testing.assert_array_equal(answer[name], tensor)
    np.testing.assert_allclose(
        signatures["classify"](**task)["probabilities"],
        taught.base.classify(*task.values())["probabilities"],
        atol=1e-6,
    )


def test_a_saved_model_can_be_taught_and_exported(exported, taught, images, tmp_path):
    labels = np.arange(3, dtype=np.int32)
    loaded = tf.saved_model.load(str(exported))
    classes = TaughtClasses(images(3).numpy(), labels, taught.class_names)
    again = TaughtClassifier(loaded, classes)
    folder = export_taught(again, str(tmp_path))
    signatures = tf.saved_model.load(str(folder)).signatures
    answer = signatures["classify_images"](images=images(4, seed=1))
    expected = taught.classify_images(images(4, seed=1))
    np.testing.assert_allclose(
        answer["probabilities"], expected["probabilities"], atol=1e-6
    )


def test_keras_layer_of_taught_classes_names_pictures(taught, taught_export, images):
    files = tf.constant(_encoded(1.0 - images(3)))
    layer = keras.layers.TFSMLayer(str(taught_export), call_endpoint="serving_default")
    expected = taught.classify_pictures(files)
    answer = layer(files)
    assert set(answer) == set(expected)
    np.testing.assert_array_equal(answer["class"], expected["class"])
    np.testing.assert_allclose(
        answer["probabilities"], expected["probabilities"], atol=1e-6
    )


def test_taught_export_holds_its_examples(taught_export, images):
    loaded = tf.saved_model.load(str(taught_export))
    examples = loaded.examples()
    np.testing.assert_array_equal(examples["images"], images(3))
    assert examples["labels"].numpy().tolist() == [0, 1, 2]


def test_name_of_two_lines_cannot_be_listed(classifier, images, tmp_path):
    labels = np.arange(2, dtype=np.int32)
    classes = TaughtClasses(images(2).numpy(), labels, ("a", "b\nc"))
    taught = TaughtClassifier(classifier, classes)
    with pytest.raises(InputError, match=r"line break.*b\\nc.*--litert"):
        export_taught(taught, str(tmp_path), litert=True)
    assert not list(tmp_path.iterdir())


def test_versions_count_up_and_stay(taught, fake_save, tmp_path):
    folders = [export_taught(taught, str(tmp_path / "models")) for _ in range(3)]
    assert folders == [tmp_path / "models" / number for number in "123"]
    files = {folder / name for folder in folders for name in ("half", "SHA256SUMS")}
    assert _files_below(tmp_path) == files


def test_a_version_is_not_seen_before_it_is_complete(taught, tmp_path, monkeypatch):
    seen = []

    def save(*arguments, **keywords):
        _write_half(*arguments, **keywords)
        seen.extend(path.name for path in tmp_path.iterdir())

    monkeypatch.setattr(tf.saved_model, "save", save)
    export_taught(taught, str(tmp_path))
    assert len(seen) == 1 and not seen[0].isdecimal()
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_failed_version_leaves_nothing(taught, tmp_path, monkeypatch):
    def full_disk(*arguments, **keywords):
        _write_half(*arguments, **keywords)
        raise OSError("No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full_disk)
    with pytest.raises(InputError, match="`export_dir`.*No space left.*Make room"):
        export_taught(taught, str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_litert_file_and_labels_lie_beside_the_saved_model(taught, fake_save, tmp_path):
    folder = export_taught(taught, str(tmp_path), litert=True)
    names = {path.name for path in folder.iterdir()}
    assert names == {"half", "model.tflite", "labels.txt", "SHA256SUMS"}
    assert (folder / "model.tflite").read_bytes()[4:8] == b"TFL3"
    assert (folder / "labels.txt").read_text() == "ash\nbeech\ncedar\n"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("saved_model.pb", "folder of an export"),
        ("model.json", "a pretrained model"),
        ("flags.txt", "folder of a run"),
    ],
)
def test_folder_of_a_model_is_no_place_for_versions(taught, tmp_path, file, kind):
    (tmp_path / file).touch()
    with pytest.raises(InputError, match=f"`export_dir`.*which is .*{kind}.*another"):
        export_taught(taught, str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [file]
