import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf import model_source
from metanet_tf.model_source import EXPORTS, Kind
from metanet_tf.one_shot.loaded_model import load_model
from metanet_tf.pretrained import save_pretrained
from metanet_tf.saved_model import (
    TaughtClasses,
    TaughtClassifier,
    export_model,
    export_taught,
)
from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.errors import InputError


@pytest.fixture(scope="module")
def train_dir(model, config, tmp_path_factory):
    path = tmp_path_factory.mktemp("loaded") / "run"
    training = dataclasses.replace(config.training, train_dir=str(path))
    folder = RunFolder(str(path))
    folder.prepare(dataclasses.replace(config, training=training), {})
    save_best(model, folder, step=1)
    return path


@pytest.fixture(scope="module")
def export_dir(model, rejections, tmp_path_factory):
    path = tmp_path_factory.mktemp("loaded") / "export"
    export_model(model, str(path), rejections)
    return path


@pytest.fixture
def folders(pretrained_dir, train_dir, export_dir):
    return {
        Kind.PRETRAINED: pretrained_dir,
        Kind.RUN: train_dir,
        Kind.EXPORT: export_dir,
    }


@pytest.mark.parametrize("kind", [Kind.PRETRAINED, Kind.RUN, Kind.EXPORT])
def test_every_kind_answers_as_the_model(folders, model, kind):
    images = tf.random.stateless_uniform([3, 16, 16, 1], seed=[0, 0])
    functions = load_model(folders[kind]).module
    memory = functions.adapt(images, tf.range(3))
    expected = model(images, tf.range(3), images)
    answer = functions.answer(memory, images)
    np.testing.assert_allclose(
        answer["probabilities"], tf.nn.softmax(expected.logits), atol=1e-5
    )
    np.testing.assert_allclose(
        answer["attention_weights"], expected.attention_weights, atol=1e-5
    )
    np.testing.assert_allclose(answer["max_similarity"], 1.0, atol=1e-5)


@pytest.mark.parametrize("kind", [Kind.PRETRAINED, Kind.EXPORT])
def test_thresholds_come_along(folders, rejections, kind):
    assert load_model(folders[kind]).rejections == rejections


def test_same_files_are_loaded_once(pretrained_dir):
    assert load_model(pretrained_dir) is load_model(str(pretrained_dir))


def test_the_newest_version_counts(export_dir, rejections, tmp_path):
    for number in ("9", "10"):
        shutil.copytree(export_dir, tmp_path / number)
    (tmp_path / "9" / "saved_model.pb").write_bytes(b"damaged")
    assert load_model(tmp_path, EXPORTS).rejections == rejections


def test_taught_classes_can_be_taught_anew(model, loaded, tmp_path):
    images = np.eye(16, dtype=np.float32)[:2].repeat(16, axis=1).reshape(2, 16, 16, 1)
    taught = TaughtClassifier(
        loaded.module, TaughtClasses(images, np.int32([0, 1]), ("a", "b"))
    )
    export_taught(taught, str(tmp_path))
    functions = load_model(tmp_path).module
    images = tf.random.stateless_uniform([3, 16, 16, 1], seed=[0, 0])
    answer = functions.answer(functions.adapt(images, tf.range(3)), images)
    expected = tf.nn.softmax(model(images, tf.range(3), images).logits)
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)


def test_changed_files_are_loaded_again(model, config, tmp_path):
    save_pretrained(model, config, tmp_path / "m")
    before = load_model(tmp_path / "m")
    shutil.rmtree(tmp_path / "m")
    save_pretrained(model, config, tmp_path / "m")
    assert load_model(tmp_path / "m") is not before


def test_packaged_model_is_found_by_its_name(pretrained_dir, monkeypatch):
    monkeypatch.setattr(model_source, "PACKAGED", pretrained_dir.parent)
    found = load_model("tiny")
    assert (found.files.place, load_model("tiny")) == ("tiny", found)
    assert found.files.digest == load_model(pretrained_dir).files.digest


@pytest.mark.parametrize("kind", [Kind.PRETRAINED, Kind.RUN, Kind.EXPORT])
def test_other_kinds_are_refused(folders, kind):
    for other, folder in folders.items():
        if other != kind:
            with pytest.raises(InputError, match=f"`model` must be.*{folder}"):
                load_model(folder, [kind])


def test_missing_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="(?s)`model` must be.*nothing.*Choose"):
        load_model("nothing")
    with pytest.raises(InputError, match=f"`model` must be.*{tmp_path}"):
        load_model(tmp_path)


def test_export_of_something_else_is_refused(tmp_path):
    module = tf.Module()
    tf.saved_model.save(module, str(tmp_path))
    with pytest.raises(InputError, match=f"bin/export.*{tmp_path}.*Export it again"):
        load_model(tmp_path)


@pytest.mark.parametrize("pattern", ["saved_model.pb", "variables/*.data*"])
def test_damaged_file_of_an_export_is_named(export_dir, tmp_path, pattern):
    folder = tmp_path / "export"
    shutil.copytree(export_dir, folder)
    (file,) = folder.glob(pattern)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x01
    file.write_bytes(content)
    with pytest.raises(InputError, match=f"{file.name} is not the file of SHA256SUMS"):
        load_model(folder)


def test_export_of_an_earlier_version_has_no_checksums(export_dir, tmp_path):
    folder = tmp_path / "export"
    shutil.copytree(export_dir, folder)
    (folder / "SHA256SUMS").unlink()
    load_model(folder)
