import dataclasses
import json
import math
import os
import pathlib

import hypothesis
import pytest
from hypothesis import strategies

from metanet_tf.training.run_folder import RunFolder, is_finished
from metanet_tf.utils.errors import InputError


@pytest.fixture
def folder(make_config):
    return RunFolder(make_config().training.train_dir)


def test_settings_read_back_as_they_were_written(folder, make_config):
    config = make_config(learning_rate=1e-5, minutes=0.5)
    folder.prepare(config, {})
    assert folder.read_config() == config


def test_new_folder_takes_any_settings(folder, make_config):
    folder.check(make_config())
    assert not folder.path.exists()


def test_other_settings_are_listed_with_both_values(folder, make_config):
    config = make_config()
    folder.prepare(config, {})
    model = dataclasses.replace(config.model, hidden_units=9)
    other = dataclasses.replace(config, model=model)
    with pytest.raises(InputError, match="hidden_units: 8 before, 9 now") as error:
        folder.check(other)
    assert "another --train_dir" in str(error.value)
    assert "seed" not in str(error.value)


def test_more_steps_continue_a_run(folder, make_config):
    folder.prepare(make_config(steps=10), {})
    folder.check(make_config(steps=20))


def test_steps_of_a_cosine_schedule_may_not_change(folder, make_config):
    folder.prepare(make_config(steps=10, learning_rate_schedule="cosine"), {})
    with pytest.raises(InputError, match="steps: 10 before, 20 now"):
        folder.check(make_config(steps=20, learning_rate_schedule="cosine"))


def test_versions_of_the_code_that_began_the_run_are_kept(folder, make_config):
    folder.prepare(make_config(), {"commit": "first"})
    folder.prepare(make_config(), {"commit": "second"})
    assert folder.read(folder.versions_file) == {"commit": "first"}


def test_folders_are_found_from_any_working_directory(
    folder, make_config, tmp_path, monkeypatch
):
    config = make_config()
    data = dataclasses.replace(config.data, data_dir="data", cache_dir="")
    monkeypatch.chdir(tmp_path)
    folder.prepare(dataclasses.replace(config, data=data), {})
    monkeypatch.chdir("/")
    read = folder.read_config().data
    assert (read.data_dir, read.cache_dir) == (str(tmp_path / "data"), "")


def test_export_older_than_the_results_does_not_count(folder, make_config):
    folder.prepare(make_config(), {})
    assert not folder.is_exported()
    folder.write(folder.results_file, {})
    folder.export_dir.mkdir()
    model = folder.export_dir / "saved_model.pb"
    model.touch()
    assert folder.is_exported()
    os.utime(model, (0, 0))
    assert not folder.is_exported()


def test_folder_that_cannot_be_read_is_bad_input(folder, make_config, monkeypatch):
    folder.prepare(make_config(), {})

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "exists", refuse)
    with pytest.raises(InputError, match="`train_dir`.*denied.*change --train_dir"):
        folder.check(make_config())


def test_folder_without_a_run_is_named(folder):
    with pytest.raises(InputError, match=r"`train_dir` must hold a run.*flags\.txt"):
        folder.read_config()


def test_damaged_settings_are_named(folder, make_config):
    folder.prepare(make_config(), {})
    folder.flags_file.write_text("--no_such_flag=1\n")
    with pytest.raises(InputError, match="no_such_flag"):
        folder.read_config()


@pytest.mark.parametrize(
    ("steps", "minutes", "finished"),
    [(10, None, True), (11, None, False), (11, 2.0, True), (11, 3.0, False)],
)
def test_finished_by_steps_or_minutes(make_config, steps, minutes, finished):
    results = {"steps": 10, "seconds": 121.0}
    assert is_finished(results, make_config(steps=steps, minutes=minutes)) is finished


def _without_checksum(folder):
    """Lines of the settings as earlier versions wrote them."""
    text = folder.flags_file.read_text()
    assert text.startswith("# sha256 of the lines below: ")
    return text.splitlines(keepends=True)[1:]


def test_a_cut_flag_file_is_no_run_of_defaults(folder, make_config):
    folder.prepare(make_config(), {})
    lines = _without_checksum(folder)
    for kept in (0, 1, len(lines) - 1):
        folder.flags_file.write_text("".join(lines[:kept]))
        with pytest.raises(InputError, match="flags.txt must hold all settings"):
            folder.read_config()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1, 2", b"[1, 2]"])
def test_damaged_files_are_named(folder, make_config, content):
    folder.prepare(make_config(), {})
    folder.results_file.write_bytes(content)
    with pytest.raises(InputError, match="results.json must be as it was written"):
        folder.read(folder.results_file)


def test_flags_that_are_no_text_are_named(folder, make_config):
    folder.prepare(make_config(), {})
    folder.flags_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="flags.txt must be as it was written"):
        folder.read_config()


def test_folder_that_another_process_writes_is_left_alone(make_config):
    config = make_config()
    folder = RunFolder(config.training.train_dir, read_only=True)
    folder.prepare(config, {})
    folder.write(folder.results_file, {"steps": 1})
    with folder.reserved(), folder.reserved():
        assert not folder.path.exists()


def test_settings_of_earlier_versions_are_read(folder, make_config):
    config = make_config(learning_rate=1e-5)
    folder.prepare(config, {})
    old = [x for x in _without_checksum(folder) if "skip_nonfinite" not in x]
    folder.flags_file.write_text("".join(old))
    assert folder.read_config() == config


def test_a_changed_setting_is_told(folder, make_config):
    folder.prepare(make_config(learning_rate=1e-5), {})
    text = folder.flags_file.read_text()
    folder.flags_file.write_text(text.replace("rate=1e-05", "rate=9e-05"))
    with pytest.raises(InputError, match="flags.txt must be as it was.*checksum"):
        folder.read_config()


def test_a_changed_result_is_told_and_old_ones_are_read(folder, make_config):
    folder.prepare(make_config(), {})
    results = {"accuracy": 0.5, "versions": {"python": "3"}, "half_width": math.nan}
    folder.write(folder.results_file, results)
    assert str(folder.read(folder.results_file)) == str(results)
    text = folder.results_file.read_text()
    folder.results_file.write_text(text.replace("0.5", "0.7"))
    with pytest.raises(InputError, match="results.json must be as it was.*checksum"):
        folder.read(folder.results_file)
    folder.results_file.write_text('{"accuracy": 0.7}')
    assert folder.read(folder.results_file) == {"accuracy": 0.7}


@pytest.mark.parametrize(
    ("content", "lacking"),
    [
        ({}, "accuracy, steps, versions"),
        ({"accuracy": None, "steps": "x", "versions": {}}, "accuracy, steps, versions"),
        ({"accuracy": 1, "steps": 1.5}, "steps, versions"),
    ],
)
def test_results_that_lack_something_are_refused(folder, content, lacking):
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.results_file.write_text(json.dumps(content))
    expected = f"results.json must be.*value of {lacking}. Put a copy.*move it away"
    with pytest.raises(InputError, match=expected):
        folder.read_results(["accuracy", "steps", "versions"])
    assert folder.read_results([]) == content


@hypothesis.settings(max_examples=200)
@hypothesis.given(strategies.data())
def test_no_damage_gives_other_settings(folder, make_config, data):
    config = make_config()
    folder.prepare(config, {})
    content = bytearray(folder.flags_file.read_bytes())
    at = data.draw(strategies.integers(0, len(content) - 1))
    end = data.draw(strategies.integers(at, min(at + 40, len(content))))
    content[at:end] = data.draw(strategies.binary(max_size=4))
    folder.flags_file.write_bytes(content)
    try:
        assert folder.read_config() == config
    except InputError as error:
        assert "flags" in str(error)
