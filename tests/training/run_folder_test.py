import dataclasses

import pytest

from metanet_tf.errors import InputError
from metanet_tf.training.run_folder import RunFolder, is_finished


@pytest.fixture
def folder(make_config):
    return RunFolder(make_config().training.train_dir)


def test_settings_read_back_as_they_were_written(folder, make_config):
    config = make_config(learning_rate=1e-5, minutes=0.5)
    folder.prepare(config)
    assert folder.read_config() == config


def test_new_folder_takes_any_settings(folder, make_config):
    folder.check(make_config())
    assert not folder.path.exists()


def test_other_settings_are_listed_with_both_values(folder, make_config):
    config = make_config()
    folder.prepare(config)
    model = dataclasses.replace(config.model, hidden_units=9)
    other = dataclasses.replace(config, model=model)
    with pytest.raises(InputError, match="hidden_units: 8 before, 9 now") as error:
        folder.check(other)
    assert "another --train_dir" in str(error.value)
    assert "seed" not in str(error.value)


def test_more_steps_continue_a_run(folder, make_config):
    folder.prepare(make_config(steps=10))
    folder.check(make_config(steps=20))


def test_steps_of_a_cosine_schedule_may_not_change(folder, make_config):
    folder.prepare(make_config(steps=10, learning_rate_schedule="cosine"))
    with pytest.raises(InputError, match="steps: 10 before, 20 now"):
        folder.check(make_config(steps=20, learning_rate_schedule="cosine"))


def test_folder_without_a_run_is_named(folder):
    with pytest.raises(InputError, match=r"`train_dir` must hold a run.*flags\.txt"):
        folder.read_config()


def test_damaged_settings_are_named(folder, make_config):
    folder.prepare(make_config())
    folder.flags_file.write_text("--no_such_flag=1\n")
    with pytest.raises(InputError, match="no_such_flag"):
        folder.read_config()


@pytest.mark.parametrize(
    ("steps", "minutes", "finished"),
    [(10, 0.0, True), (11, 0.0, False), (11, 2.0, True), (11, 3.0, False)],
)
def test_finished_by_steps_or_minutes(make_config, steps, minutes, finished):
    results = {"steps": 10, "seconds": 121.0}
    assert is_finished(results, make_config(steps=steps, minutes=minutes)) is finished
