import dataclasses

import numpy as np
import pytest

from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import (
    copy_meta_weights,
    copy_weights,
    load_trained_model,
    make_model,
)
from metanet_tf.utils.errors import InputError


def test_model_has_the_size_and_seed_of_the_settings(make_config):
    config = make_config(seed=5)
    model = make_model(config)
    assert (model.n_way, model.k_shot, model.seed) == (3, 1, 5)
    assert model.image_shape == (8, 8, 1)
    assert model.config == config.model


def test_loaded_model_answers_as_the_saved_one(make_config, classes):
    config = make_config()
    folder = RunFolder(config.training.train_dir)
    folder.prepare(config, {})
    model = make_model(
        dataclasses.replace(config, training=make_config(seed=9).training)
    )
    save_best(model, folder, step=3)
    loaded, read = load_trained_model(str(folder.path))
    assert read == config
    images = classes.images[::6][:3] / np.float32(255)
    task = images, np.arange(3, dtype=np.int32), images
    np.testing.assert_array_equal(loaded(*task).logits, model(*task).logits)


def test_run_that_was_not_validated_is_refused(make_config):
    config = make_config()
    RunFolder(config.training.train_dir).prepare(config, {})
    with pytest.raises(InputError, match="Train at least until the first validation"):
        load_trained_model(config.training.train_dir)


def test_meta_weights_are_z_and_g(make_config):
    source, target = make_model(make_config(seed=2)), make_model(make_config(seed=3))
    before = make_model(make_config(seed=3))
    copy_meta_weights(source, target)
    for letter, expected in {
        "W": before,
        "Q": before,
        "Z": source,
        "G": source,
    }.items():
        for old, new in zip(
            expected.parts()[letter], target.parts()[letter], strict=True
        ):
            np.testing.assert_array_equal(new, old, err_msg=letter)


def test_weights_are_taken_over_but_for_heads_of_other_ways(make_config):
    config = make_config(seed=3)
    wider = dataclasses.replace(config.episode, n_way=config.episode.n_way + 1)
    source = make_model(make_config(seed=2))
    target, before = (
        make_model(dataclasses.replace(config, episode=wider)) for _ in range(2)
    )
    copy_weights(source, target)
    for new, taken, own in zip(
        target.variables, source.variables, before.variables, strict=True
    ):
        expected = own if "classifier_head" in new.path else taken
        np.testing.assert_array_equal(new, expected, err_msg=new.path)


def test_heads_of_the_same_ways_are_taken_over(make_config):
    source, target = make_model(make_config(seed=2)), make_model(make_config(seed=3))
    copy_weights(source, target)
    for new, expected in zip(target.variables, source.variables, strict=True):
        np.testing.assert_array_equal(new, expected, err_msg=new.path)


def test_metanet_takes_over_all_but_g_of_metanet_minus(make_config):
    config = make_config(seed=2)
    minus = dataclasses.replace(config.model, variant="metanet_minus")
    source = make_model(dataclasses.replace(config, model=minus))
    target, before = (make_model(make_config(seed=3)) for _ in range(2))
    copy_weights(source, target)
    for letter, expected in {"Q": source, "Z": source, "G": before}.items():
        for new, wanted in zip(
            target.parts()[letter], expected.parts()[letter], strict=True
        ):
            np.testing.assert_array_equal(new, wanted, err_msg=letter)
    copy_weights(before, source)
    np.testing.assert_array_equal(source.parts()["Q"][0], before.parts()["Q"][0])


def test_weights_of_another_architecture_are_refused(make_config):
    config = make_config()
    model = dataclasses.replace(config.model, hidden_units=5)
    source = make_model(dataclasses.replace(config, model=model))
    with pytest.raises(InputError, match="`weights_from` must be.*Received.*5"):
        copy_weights(source, make_model(config))


@pytest.mark.parametrize(
    ("setting", "letter"),
    [({"variant": "metanet_minus"}, "G"), ({"generator_units": 5}, "Z")],
)
def test_meta_weights_of_another_size_are_refused(make_config, setting, letter):
    config = make_config()
    model = dataclasses.replace(config.model, **setting)
    source = make_model(dataclasses.replace(config, model=model))
    with pytest.raises(InputError, match=f"`meta_weights_from` must be.*{letter}"):
        copy_meta_weights(source, make_model(config))


def test_a_compiled_training_gives_a_model_for_any_machine(make_config):
    config = make_config()
    compiled = dataclasses.replace(
        config, model=dataclasses.replace(config.model, jit=True, mixed_precision=True)
    )
    folder = RunFolder(config.training.train_dir)
    folder.prepare(compiled, {})
    save_best(make_model(compiled), folder, step=3)
    loaded, read = load_trained_model(str(folder.path))
    assert not loaded.config.jit and read == config
    assert loaded.compute_dtype == "float32"
