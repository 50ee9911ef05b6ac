import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf import OneShotClassifier
from metanet_tf.commands.export import export
from metanet_tf.config import ExportConfig
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.utils.errors import InputError


def test_best_model_is_exported_into_the_run_by_default(run_folder, capsys):
    export(ExportConfig(model=str(run_folder.path)))
    model, _ = load_trained_model(str(run_folder.path))
    task = {
        "support_images": tf.random.stateless_uniform([6, 16, 16, 1], seed=[0, 0]),
        "support_labels": tf.constant([0, 1, 2, 0, 1, 2]),
        "query_images": tf.random.stateless_uniform([4, 16, 16, 1], seed=[0, 1]),
    }
    classify = tf.saved_model.load(str(run_folder.export_dir)).signatures["classify"]
    expected = tf.nn.softmax(model(*task.values()).logits)
    tf.debugging.assert_near(classify(**task)["probabilities"], expected, atol=1e-6)
    assert str(run_folder.export_dir) in capsys.readouterr().out


@pytest.fixture
def my_classes(tmp_path):
    """A folder with a picture of each of two classes, which differ in dark ink."""
    folder = tmp_path / "my_classes"
    folder.mkdir()
    for column, name in enumerate(["left", "right"]):
        picture = np.full([16, 16], 128, np.uint8)
        picture[2:14, 4 + 6 * column] = 0
        picture[:, 7:9] = 255
        Image.fromarray(picture).save(folder / f"{name}.png")
    return folder


def _signatures(folder):
    return tf.saved_model.load(str(folder)).signatures


@pytest.mark.parametrize("source", ["run", "pretrained"])
def test_taught_classes_are_exported_as_a_version(
    run_folder, pretrained_dir, my_classes, tmp_path, capsys, source
):
    model = {"run": run_folder.path, "pretrained": pretrained_dir}[source]
    settings = {
        "model": str(model),
        "support_dir": str(my_classes),
        "export_dir": str(tmp_path / "models"),
        "ink": "dark",
    }
    export(ExportConfig(**settings))
    version = tmp_path / "models" / "1"
    files = [(my_classes / name).read_bytes() for name in ("left.png", "right.png")]
    answer = _signatures(version)["serving_default"](pictures=tf.constant(files))
    assert answer["class_names"].numpy().tolist() == 2 * [[b"left", b"right"]]
    classifier = OneShotClassifier(model, ink="dark").fit(my_classes)
    np.testing.assert_allclose(
        answer["probabilities"], classifier.predict_proba(files), atol=1e-6
    )
    assert f"{version} holds the SavedModel of 2 classes" in capsys.readouterr().out


def test_pretrained_model_is_exported_without_classes(pretrained_dir, tmp_path):
    config = ExportConfig(model=str(pretrained_dir), export_dir=str(tmp_path / "e"))
    export(config)
    assert "classify_images" not in _signatures(tmp_path / "e")


def test_litert_file_is_written_when_wanted(run_folder, my_classes, tmp_path):
    for number, litert in enumerate([False, True], start=1):
        config = ExportConfig(
            model=str(run_folder.path),
            support_dir=str(my_classes),
            ink="dark",
            export_dir=str(tmp_path / "models"),
            litert=litert,
        )
        export(config)
        version = tmp_path / "models" / str(number)
        assert (version / "model.tflite").is_file() == litert


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "omniglot", "support_dir": "classes"}, "given with --support_dir"),
        ({"model": "omniglot"}, "`export_dir` must be given with a pretrained model"),
        ({"litert": True}, "`litert` must be with.*Give that, too"),
    ],
)
def test_flags_that_lack_others_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        export(ExportConfig(**settings))


def test_damaged_example_is_named_and_nothing_written(run_folder, my_classes, tmp_path):
    (my_classes / "right.png").write_bytes(b"\x89PNG damaged")
    config = ExportConfig(
        model=str(run_folder.path),
        support_dir=str(my_classes),
        export_dir=str(tmp_path / "models"),
    )
    with pytest.raises(InputError, match="cannot be read: .*right.png"):
        export(config)
    with pytest.raises(InputError, match="No picture of right is left"):
        export(dataclasses.replace(config, skip_unreadable=True))
    assert not (tmp_path / "models").exists()


def test_damaged_example_of_several_may_be_left_out(
    run_folder, my_classes, tmp_path, capsys
):
    (my_classes / "left").mkdir()
    (my_classes / "left.png").rename(my_classes / "left" / "0.png")
    (my_classes / "left" / "1.png").write_bytes(b"")
    (my_classes / "README.txt").write_text("mine")
    config = ExportConfig(
        model=str(run_folder.path),
        support_dir=str(my_classes),
        export_dir=str(tmp_path / "models"),
        ink="dark",
        skip_unreadable=True,
    )
    export(config)
    examples = tf.saved_model.load(str(tmp_path / "models" / "1")).examples()
    assert examples["labels"].numpy().tolist() == [0, 1]
    passed_over, left_out, begun = capsys.readouterr().err.splitlines()
    assert "README.txt among them" in passed_over
    assert left_out.startswith("Left out.") and "left/1.png is empty" in left_out
    assert begun == f"Writing a SavedModel to {config.export_dir} ..."


def test_folder_without_a_run_is_refused_and_left_alone(tmp_path):
    with pytest.raises(InputError, match="`model`.*Choose one"):
        export(ExportConfig(model=str(tmp_path), export_dir=str(tmp_path / "e")))
    assert not list(tmp_path.iterdir())


def test_run_without_a_validated_model_is_refused(run_folder):
    for file in run_folder.best_dir.iterdir():
        file.unlink()
    with pytest.raises(InputError, match="`model`.*best/ is empty"):
        export(ExportConfig(model=str(run_folder.path)))
    assert not run_folder.export_dir.exists()
