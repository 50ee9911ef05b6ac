import dataclasses
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.pretrained import save_pretrained
from metanet_tf.training import run as run_module
from metanet_tf.training.run import Run
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model, make_model
from metanet_tf.utils.errors import InputError


def _state(folder, step):
    """Variables of a checkpoint by name, but for the seconds it took."""
    path = str(folder.checkpoints_dir / f"ckpt-{step}")
    reader = tf.train.load_checkpoint(path)
    names = reader.get_variable_to_shape_map()
    return {
        name: reader.get_tensor(name)
        for name in names
        if "VARIABLE_VALUE" in name and "seconds" not in name
    }


@pytest.fixture(scope="module")
def whole_run(small_config, tmp_path_factory):
    train_dir = str(tmp_path_factory.mktemp("whole") / "run")
    config = small_config(
        steps=4,
        checkpoint_every=2,
        summary_every=2,
        train_dir=train_dir,
        class_loss_weight=0.5,
    )
    run = Run(config)
    run.train()
    return run, RunFolder(config.training.train_dir)


def test_run_killed_after_a_checkpoint_goes_on_as_if_it_had_not_been(
    whole_run, make_config, tmp_path
):
    _, whole = whole_run
    resumed = RunFolder(str(tmp_path / "resumed"))
    shutil.copytree(whole.path, resumed.path)
    for file in resumed.checkpoints_dir.glob("ckpt-4*"):
        file.unlink()

    config = make_config(
        steps=4,
        checkpoint_every=2,
        summary_every=2,
        train_dir=str(resumed.path),
        class_loss_weight=0.5,
    )
    Run(config).train()
    expected, state = _state(whole, 4), _state(resumed, 4)
    assert state.keys() == expected.keys()
    assert any("directions" in name for name in state)
    for name, value in expected.items():
        np.testing.assert_allclose(state[name], value, atol=1e-6, err_msg=name)


def test_second_process_is_kept_from_a_folder_that_is_trained_in(make_config):
    run, other = Run(make_config(steps=1)), Run(make_config(steps=1, seed=9))
    folder = RunFolder(make_config().training.train_dir)
    with (
        folder.reserved(),
        pytest.raises(InputError, match="`train_dir` must be .* no other process"),
    ):
        other.train()
    assert not folder.flags_file.exists()  # The settings are those of who trains.
    run.train()
    assert run.step == 1
    with pytest.raises(InputError, match="same settings"):
        other.train()


def test_finished_run_holds_its_results(whole_run):
    run, folder = whole_run
    results = run.finish("train --steps=4")
    assert folder.read(folder.results_file) == results
    assert results["steps"] == 4
    assert results["episodes"] == 2
    assert results["command"] == "train --steps=4"
    assert 0.0 <= results["accuracy"] <= 1.0
    assert results["versions"]["tensorflow"] == tf.__version__
    assert results["first_versions"] == results["versions"]


@pytest.fixture
def copied_run(whole_run, make_config):
    """Settings and folder of a run that is trained and not tested."""
    _, whole = whole_run
    config = make_config(steps=4, class_loss_weight=0.5)
    folder = RunFolder(config.training.train_dir)
    shutil.copytree(whole.path, folder.path)
    return config, folder


def test_versions_are_those_of_the_beginning(copied_run, monkeypatch):
    config, folder = copied_run
    folder.write(folder.versions_file, {"commit": "first"})
    monkeypatch.setattr(run_module, "versions", lambda: {"commit": "second"})
    run = Run(config)
    monkeypatch.setattr(run_module, "versions", lambda: {"commit": "third"})
    results = run.finish("train")
    assert results["versions"] == {"commit": "second"}
    assert results["first_versions"] == {"commit": "first"}


def test_run_whose_best_model_is_lost_can_be_finished(copied_run):
    config, folder = copied_run
    shutil.rmtree(folder.best_dir)
    run = Run(config)
    run.train()
    results = run.finish("train")
    assert results["best_step"] == 4
    assert results["validation_accuracy"] >= 0.0


def test_nothing_is_written_before_the_data_fit(make_config, tmp_path):
    config = make_config(train_dir=str(tmp_path / "run"))
    object.__setattr__(config.episode, "n_way", 1000)
    with pytest.raises(InputError, match="`n_way`"):
        Run(config)
    assert not (tmp_path / "run").exists()


def test_folder_that_cannot_be_made_is_bad_input(make_config, tmp_path):
    (tmp_path / "file").write_text("")
    config = make_config(train_dir=str(tmp_path / "file" / "run"))
    with pytest.raises(InputError, match="`train_dir` must be.*--train_dir"):
        Run(config).train()


def test_new_run_begins_with_the_best_model_of_another(whole_run, make_config):
    _, whole = whole_run
    model, _ = load_trained_model(str(whole.path))
    begun = Run(make_config(weights_from=str(whole.path), seed=5))
    for letter in "QZG":
        for new, old in zip(
            begun._model.parts()[letter], model.parts()[letter], strict=True
        ):
            np.testing.assert_array_equal(new, old, err_msg=letter)


def test_new_run_begins_with_a_published_model(make_config, tmp_path):
    other = make_config(seed=5)
    model = make_model(other)
    save_pretrained(model, other, tmp_path / "published")
    begun = Run(make_config(weights_from=str(tmp_path / "published")))
    for new, old in zip(begun._model.variables, model.variables, strict=True):
        np.testing.assert_array_equal(new, old, err_msg=new.path)


def test_new_run_begins_with_a_model_that_ships_by_its_name(make_config, monkeypatch):
    other = make_config(seed=5)
    model = make_model(other)
    packaged = pathlib.Path(other.training.train_dir).parent
    save_pretrained(model, other, packaged / "ours")
    monkeypatch.setattr("metanet_tf.model_source.PACKAGED", packaged)
    begun = Run(make_config(meta_weights_from="ours"))
    for new, old in zip(begun._model.parts()["G"], model.parts()["G"], strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("name", ["weights_from", "meta_weights_from"])
def test_nothing_is_written_if_there_are_no_weights_to_begin_with(
    make_config, tmp_path, name
):
    there = {"train_dir": str(tmp_path / "run"), name: str(tmp_path / "none")}
    with pytest.raises(InputError, match=f"`{name}` must hold a run.*--{name}"):
        Run(make_config(**there))
    assert not (tmp_path / "run").exists()


def _meta_weights(run):
    return np.concatenate([v.numpy().ravel() for v in run._model.parts()["G"]])


def test_new_run_begins_with_the_meta_weights_of_another(
    whole_run, make_config, tmp_path
):
    _, whole = whole_run
    model, _ = load_trained_model(str(whole.path))
    config = make_config(meta_weights_from=str(whole.path), seed=5)
    begun = Run(config)
    expected = np.concatenate([v.numpy().ravel() for v in model.parts()["G"]])
    np.testing.assert_array_equal(_meta_weights(begun), expected)

    begun._optimizer.iterations.assign(1)
    begun._model.parts()["G"][0].assign_add(
        np.ones(begun._model.parts()["G"][0].shape, np.float32)
    )
    begun._checkpoints.save()
    continued = Run(config)
    np.testing.assert_array_equal(_meta_weights(continued), _meta_weights(begun))
    assert not np.array_equal(_meta_weights(continued), expected)


@pytest.mark.parametrize("is_faster", [True, False])
def test_mixed_precision_is_used_where_it_is_faster(
    make_config, monkeypatch, is_faster
):
    monkeypatch.setattr(run_module, "is_bfloat16_faster", lambda: is_faster)
    config = make_config(steps=2)
    model = dataclasses.replace(config.model, mixed_precision=True)
    run = Run(dataclasses.replace(config, model=model))
    expected = "bfloat16" if is_faster else "float32"
    assert run._model.representation_learner.compute_dtype == expected
    run.train()
    assert 0 <= run.finish("train")["accuracy"] <= 1


@pytest.mark.parametrize("ways", [2, 4])
def test_validation_and_test_may_have_tasks_of_another_size(make_config, ways, capsys):
    config = make_config(steps=1, evaluation_ways=ways, evaluation_queries=3)
    assert config.episode.n_way == 3
    data = dataclasses.replace(config.data, validation_classes=4)
    run = Run(dataclasses.replace(config, data=data))
    run.train()
    assert run.finish("train")["n_way"] == ways
    shown = capsys.readouterr().err
    assert "testing: 100%" in shown and "2/2" in shown
    assert run._example().query_labels.shape == [3 * ways]


def test_beginning_tells_what_is_trained_how_long_and_where(make_config):
    config = make_config(steps=2000, minutes=1.5)
    assert run_module._announcement(config, 0) == (
        "Training on glyphs, 3-way 1-shot tasks, 2,000 steps or 1.5 minutes, into "
        f"{config.training.train_dir}. ^C saves."
    )
    going_on = run_module._announcement(config, 7)
    assert going_on.startswith("Going on from step 7. Training on glyphs")
