"""`MetaNet.from_preset` and `save_to_preset`, as Keras Hub has them."""

import dataclasses
import pathlib
import shutil

import huggingface_hub
import numpy as np
import pytest
import tensorflow as tf

from metanet_tf import MetaNet, ModelConfig, OneShotClassifier
from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.pretrained import pretrained_names, read_pretrained, save_pretrained
from metanet_tf.utils.errors import InputError

FILES = {"model.json", "model.weights.h5", "MODEL_CARD.md", "SHA256SUMS"}
REJECTION = RejectionThreshold(3, 1, 0.9, ErrorRates(0.1, 0.2), ErrorRates(0.3, 0.4))


def _images(side):
    return tf.random.stateless_uniform([4, side, side, 1], seed=[0, 0])


def _answers(model, side=8):
    images = _images(side)
    return model(images[:3], tf.range(3), images).logits


@pytest.fixture
def own_model():
    config = ModelConfig(learner="mlp", hidden_units=8, generator_units=4)
    return MetaNet(config, n_way=3, k_shot=2, image_shape=(8, 8, 1), seed=5)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """Folder that stands in for the Hub; hf://USER/NAME is its USER/NAME."""

    def snapshot_download(repo_id, *, allow_patterns):
        copied = tmp_path / "cache" / repo_id
        shutil.rmtree(copied, ignore_errors=True)
        copied.mkdir(parents=True)
        for path in (tmp_path / "hub" / repo_id).iterdir():
            if path.name in allow_patterns:
                shutil.copy(path, copied)
        return str(copied)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return tmp_path / "hub"


def test_model_made_on_its_own_comes_back(own_model, tmp_path):
    own_model.save_to_preset(tmp_path / "mine")
    assert {path.name for path in (tmp_path / "mine").iterdir()} == FILES
    assert "3-way 2-shot" in (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    model = MetaNet.from_preset(tmp_path / "mine")
    assert model.get_config() == own_model.get_config()
    np.testing.assert_array_equal(_answers(model), _answers(own_model))


def test_settings_and_thresholds_of_a_preset_are_written_again(model, config, tmp_path):
    data = dataclasses.replace(config.data, data_dir="", preparation="drawing")
    config = dataclasses.replace(config, data=data)
    save_pretrained(model, config, tmp_path / "first", rejections=[REJECTION])
    MetaNet.from_preset(tmp_path / "first").save_to_preset(tmp_path / "second")
    second = read_pretrained(tmp_path / "second")
    assert second.config.data.preparation == "drawing"
    assert second.rejections == (REJECTION,)


def test_model_of_a_run_keeps_how_its_pictures_are_prepared(model, config, tmp_path):
    model.config = dataclasses.replace(model.config, temperature=2.0)
    model.save_to_preset(tmp_path / "mine")
    written = read_pretrained(tmp_path / "mine").config
    assert written.data.validation_classes == config.data.validation_classes == 12
    assert written.model.temperature == 2.0


@pytest.mark.parametrize("name", pretrained_names())
def test_shipped_model_answers_alike_after_a_round_trip(name, tmp_path):
    MetaNet.from_preset(name).save_to_preset(tmp_path / "copy")
    pictures = list(np.uint8(255 - 255 * _images(28)[..., 0].numpy()))
    shipped, copied = (
        OneShotClassifier(model).fit(pictures[:3], list("abc"))
        for model in (name, tmp_path / "copy")
    )
    np.testing.assert_allclose(
        shipped.predict_proba(pictures), copied.predict_proba(pictures), atol=1e-6
    )
    assert shipped.rejection_threshold() == copied.rejection_threshold()


def test_model_comes_from_the_hub(own_model, hub):
    own_model.save_to_preset(hub / "user" / "name")
    (hub / "user" / "name" / "setup.py").write_text("raise SystemExit")
    model = MetaNet.from_preset("hf://user/name")
    np.testing.assert_array_equal(_answers(model), _answers(own_model))


def test_changed_file_of_the_hub_is_refused(own_model, hub):
    own_model.save_to_preset(hub / "user" / "name")
    with open(hub / "user" / "name" / "model.weights.h5", "ab") as file:
        file.write(b"more")
    with pytest.raises(InputError, match="model.weights.h5 is not the file of"):
        MetaNet.from_preset("hf://user/name")


def test_repository_of_something_else_is_refused(hub):
    (hub / "user" / "name").mkdir(parents=True)
    (hub / "user" / "name" / "config.json").write_text("{}")
    with pytest.raises(InputError, match="hf://user/name, which holds no model"):
        MetaNet.from_preset("hf://user/name")


@pytest.mark.parametrize("shape", [(8, 9, 1), (8, 8, 2)])
def test_images_that_are_not_square_or_of_two_channels_are_refused(tmp_path, shape):
    config = ModelConfig(learner="mlp", hidden_units=8, generator_units=4)
    model = MetaNet(config, n_way=3, image_shape=shape)
    with pytest.raises(InputError, match=r"square with 1 or 3 channels.*\(8, "):
        model.save_to_preset(tmp_path / "mine")
    assert not pathlib.Path(tmp_path / "mine").exists()


def test_model_of_colours_is_one_of_photographs(tmp_path):
    config = ModelConfig(learner="mlp", hidden_units=8, generator_units=4)
    MetaNet(config, n_way=3, image_shape=(8, 8, 3)).save_to_preset(tmp_path / "mine")
    loaded = MetaNet.from_preset(str(tmp_path / "mine"))
    assert loaded.image_shape == (8, 8, 3)
    assert loaded.run_config.data.preparation == "photograph"
