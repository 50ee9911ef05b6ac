import dataclasses

import numpy as np
import pytest

from metanet_tf.config import EpisodeConfig, PublishConfig
from metanet_tf.data import load_dataset
from metanet_tf.evaluation.accuracy import evaluate
from metanet_tf.evaluation.calibration import choose_temperature
from metanet_tf.evaluation.rejection import calibrate
from metanet_tf.pretrained import publish, read_pretrained
from metanet_tf.pretrained.publish import publish_run
from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.errors import InputError

RESULTS = {
    "steps": 1200,
    "best_step": 1000,
    "seconds": 3000.0,
    "seed": 7,
    "command": "bin/train --flagfile=tiny.flags",
    "versions": {"tensorflow": "2.21.0", "commit": "abc123"},
}
TASKS = [EpisodeConfig(n_way=3, queries_per_class=2)]


@pytest.fixture
def folder(model, config):
    folder = RunFolder(config.training.train_dir)
    folder.prepare(config, {})
    save_best(model, folder, step=1000)
    folder.write(folder.results_file, RESULTS)
    return folder


@pytest.fixture
def settings(folder, tmp_path):
    return PublishConfig(
        model=str(folder.path),
        name="tiny",
        pretrained_dir=str(tmp_path / "pretrained"),
        episodes=3,
        calibration_episodes=3,
    )


def test_published_model_is_the_runs_best_with_what_was_measured(
    settings, model, config, tmp_path
):
    folder = publish_run(settings, TASKS).folder
    assert folder == tmp_path / "pretrained" / "tiny"
    published, dataset = read_pretrained(folder), load_dataset(config.data)
    for variable, expected in zip(
        published.model.variables, model.variables, strict=True
    ):
        np.testing.assert_array_equal(variable, expected)
    assert published.rejections == tuple(
        calibrate(model, dataset, task, episodes=3) for task in TASKS
    )
    card = (folder / "MODEL_CARD.md").read_text()
    for task in TASKS:
        accuracy = evaluate(model, dataset.test, task, episodes=3, seed=0).accuracy
        assert f"| {task.n_way} | 1 | {accuracy} |" in card


def test_weights_are_rounded_to_the_significant_bits(settings, model):
    folder = publish_run(dataclasses.replace(settings, significant_bits=12), TASKS)[0]
    assert "| weights | 12 of 24 significant bits |" in (
        (folder / "MODEL_CARD.md").read_text()
    )
    published = read_pretrained(folder).model.variables
    for variable, expected in zip(published, model.variables, strict=True):
        np.testing.assert_allclose(variable, expected, rtol=2.0**-12)
        fractions, _ = np.frexp(variable.numpy())
        assert not np.any(fractions * 2**12 % 1)


def test_unfinished_run_is_refused(settings, folder):
    folder.results_file.unlink()
    with pytest.raises(InputError, match="finished run.*no results.json. Train"):
        publish_run(settings, TASKS)


def test_results_that_lack_something_are_refused_at_once(settings, folder, monkeypatch):
    folder.write(folder.results_file, RESULTS | {"versions": {}})
    monkeypatch.setattr(publish, "load_dataset", lambda _: pytest.fail("Too late."))
    with pytest.raises(InputError, match="results.json must.* value of versions. Put"):
        publish_run(settings, TASKS)


def test_tasks_that_the_data_have_no_room_for_are_left_out(settings, tmp_path, capsys):
    wide = dataclasses.replace(TASKS[0], n_way=201)  # Of 200 test classes.
    with pytest.raises(InputError, match="`tasks` must.*: 201x1;.*Change --tasks"):
        publish_run(settings, [wide])
    assert not (tmp_path / "pretrained").exists()
    published = publish_run(settings, [wide, *TASKS])
    assert [found.n_way for found in published.evaluations] == [3]
    shown = capsys.readouterr().err
    assert "Left out: 201x1. There are 200 test classes" in shown
    assert "publishing: 100%" in shown and "12/12" in shown


def test_classes_of_few_pictures_have_fewer_queries(settings):
    many = dataclasses.replace(TASKS[0], queries_per_class=1000)
    (found,) = publish_run(settings, [many]).evaluations
    assert found.confusion.sum(axis=1).tolist() == [3 * 19] * 3  # Glyphs are 20 each.


def test_exports_are_never_replaced(settings, tmp_path):
    version = tmp_path / "pretrained" / "tiny" / "1"
    version.mkdir(parents=True)
    replacing = dataclasses.replace(settings, overwrite=True)
    for config in (settings, replacing):
        with pytest.raises(InputError, match="holds something else"):
            publish_run(config, TASKS)
    assert version.is_dir()


def test_card_has_the_folder_that_can_be_loaded(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    card = (publish_run(settings, TASKS).folder / "MODEL_CARD.md").read_text()
    assert 'from_pretrained("pretrained/tiny")  # its folder' in card
    assert "Weights: not stated." in card
    with pytest.raises(InputError, match="new model.*is there.*--overwrite"):
        publish_run(settings, TASKS)


def test_tasks_too_wide_for_a_threshold_are_measured_all_the_same(settings):
    wide = dataclasses.replace(TASKS[0], n_way=7)  # Of 12 validation classes.
    folder = publish_run(settings, [*TASKS, wide]).folder
    assert [found.n_way for found in read_pretrained(folder).rejections] == [3]
    assert "\n| 7 | 1 | " in (folder / "MODEL_CARD.md").read_text()


def test_temperature_is_chosen_on_validation_classes_and_kept(settings):
    published = read_pretrained(publish_run(settings, TASKS).folder)
    dataset = load_dataset(published.config.data)
    assert published.config.model.temperature != 1.0
    again = choose_temperature(
        published.model, dataset.validation, TASKS, episodes=3, seed=0
    )
    # Chosen again with it, the best further factor is 1.
    assert again == pytest.approx(published.config.model.temperature, rel=0.03)
