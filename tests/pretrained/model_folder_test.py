import dataclasses
import json

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from metanet_tf import load_pretrained, model_source
from metanet_tf.config import ModelConfig
from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.pretrained import (
    model_folder,
    pretrained_names,
    read_pretrained,
    save_pretrained,
)
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.checksums import write_sums
from metanet_tf.utils.errors import InputError
from tests.server.predict_json_test import JSON

FILES = {"model.json", "model.weights.h5", "MODEL_CARD.md", "SHA256SUMS"}


@pytest.fixture
def folder(model, config, tmp_path):
    path = tmp_path / "tiny"
    save_pretrained(model, config, path, card="# tiny\n")
    return path


def test_weights_take_less_room_than_kerass(config, tmp_path):
    config = dataclasses.replace(config, model=ModelConfig(hidden_units=64))
    model = make_model(config)
    save_pretrained(model, config, tmp_path / "tiny")
    model.save_weights(tmp_path / "model.weights.h5")
    kerass, written = (
        (folder / "model.weights.h5").stat().st_size
        for folder in (tmp_path, tmp_path / "tiny")
    )
    assert written < kerass


def _names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"learner": "cnn", "filters": 4},
        {"variant": "metanet_plus", "second_order": True, "augmented_layers": None},
        {"variant": "metanet_minus"},
        {"base_input": "representation"},
    ],
)
def test_every_variable_comes_back(config, tmp_path, settings):
    model_config = dataclasses.replace(config.model, **settings)
    config = dataclasses.replace(config, model=model_config)
    model = make_model(config)
    for index, variable in enumerate(model.variables):
        variable.assign(tf.fill(variable.shape, float(index + 1)))
    save_pretrained(model, config, tmp_path / "m")
    loaded = load_pretrained(tmp_path / "m")
    assert len(loaded.variables) == len(model.variables)
    for index, variable in enumerate(loaded.variables):
        np.testing.assert_array_equal(variable, np.full(variable.shape, index + 1.0))


def test_loaded_model_answers_as_the_saved_one(folder, model):
    images = tf.random.stateless_uniform([4, 8, 8, 1], seed=[0, 0])
    loaded = load_pretrained(folder)
    for n_way in (3, 4):  # Random fixed weights of another number of ways too.
        task = images, tf.range(4) % n_way, images
        np.testing.assert_array_equal(
            loaded(*task, n_way=n_way).logits, model(*task, n_way=n_way).logits
        )


def test_settings_come_back_without_paths(folder, config, tmp_path):
    expected = dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, data_dir=""),
        training=dataclasses.replace(config.training, train_dir="runs/metanet"),
    )
    assert read_pretrained(folder).config == expected
    assert str(tmp_path) not in (folder / "model.json").read_text()


def test_thresholds_come_back(model, config, tmp_path):
    rejection = RejectionThreshold(
        3, 1, 0.9, ErrorRates(0.1, 0.2), ErrorRates(0.3, 0.4)
    )
    save_pretrained(model, config, tmp_path / "m", rejections=[rejection])
    assert read_pretrained(tmp_path / "m").rejections == (rejection,)


def test_folder_holds_a_card(folder):
    assert _names(folder) == FILES
    assert (folder / "MODEL_CARD.md").read_text() == "# tiny\n"


@pytest.mark.parametrize("name", ["model.weights.h5", "model.json"])
def test_changed_file_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=f"as it was written.*{folder}.*{name} is not"):
        load_pretrained(folder)


@pytest.mark.parametrize("name", sorted(FILES - {"model.json", "MODEL_CARD.md"}))
def test_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"as it was written.*{folder}.*{name}"):
        load_pretrained(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(format=2),
        lambda content: content["config"]["model"].update(depth=3),
        lambda content: content["config"]["model"].update(hidden_units=9),
        lambda content: content.pop("rejections"),
    ],
)
def test_content_of_another_version_is_refused(folder, change, monkeypatch):
    content = json.loads((folder / "model.json").read_text())
    change(content)
    (folder / "model.json").write_text(json.dumps(content))
    monkeypatch.setattr(model_folder, "check_sums", lambda *_: None)
    with pytest.raises(InputError, match=f"(?s)by this version.*{folder}.*Restore"):
        load_pretrained(folder)


def test_packaged_model_is_found_by_its_name(folder, model, monkeypatch):
    monkeypatch.setattr(model_source, "PACKAGED", folder.parent)
    assert pretrained_names() == ["tiny"]
    loaded = load_pretrained("tiny")
    np.testing.assert_array_equal(loaded.variables[0], model.variables[0])


def test_missing_model_is_refused(tmp_path):
    for name in ("omniglot_99way", tmp_path):
        with pytest.raises(InputError, match=f"a pretrained model. Received: {name}"):
            load_pretrained(name)


def test_earlier_folder_is_replaced(folder, config):
    other = dataclasses.replace(
        config, model=ModelConfig(learner="mlp", hidden_units=6, generator_units=4)
    )
    save_pretrained(make_model(other), other, folder)
    assert load_pretrained(folder).config.hidden_units == 6
    assert _names(folder.parent) == {folder.name}


def test_failed_saving_leaves_the_earlier_one(folder, model, config, monkeypatch):
    def full_disk(path):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(model, "save_weights", full_disk)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(OSError, match="No space left"):
        save_pretrained(model, config, folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert _names(folder.parent) == {folder.name}


def test_folder_with_other_things_is_left_alone(folder, model, config):
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="something else. Choose another"):
        save_pretrained(model, config, folder)
    assert (folder / "thesis.txt").read_text() == "years of work"


@pytest.fixture
def settings(folder):
    return (folder / "model.json").read_text()


@hypothesis.settings(max_examples=200)
@hypothesis.given(strategies.data())
def test_any_settings_are_read_or_refused(folder, settings, monkeypatch, data):
    """Whoever changes the settings can change the checksums, too."""

    def make_model(config):
        raise ValueError("these are settings")

    monkeypatch.setattr(model_folder, "make_model", make_model)
    content = place = json.loads(settings)
    while isinstance(place, dict) and data.draw(strategies.booleans()):
        name = data.draw(strategies.sampled_from(sorted(place)))
        parent, place = place, place[name]
    if place is content:
        content = data.draw(JSON)
    else:
        parent[name] = data.draw(JSON)
    (folder / "model.json").write_text(json.dumps(content))
    (folder / "SHA256SUMS").unlink()
    write_sums(folder)
    with pytest.raises(InputError, match="must be as it was written"):
        read_pretrained(folder)


def test_settings_that_are_nested_too_deep_are_refused(folder):
    (folder / "model.json").write_text("[" * 100_000)
    (folder / "SHA256SUMS").unlink()
    write_sums(folder)
    with pytest.raises(InputError, match="nested too deep"):
        read_pretrained(folder)
