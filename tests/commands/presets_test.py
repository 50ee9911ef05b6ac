import pathlib
import re

import pytest
from absl import flags

from metanet_tf.commands.presets import preset_names, with_preset_paths
from metanet_tf.config import RUN_CONFIGS, run_config_from_flags
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import define_flags

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
NAMES = preset_names()


def _run_config(*arguments):
    values = flags.FlagValues()
    define_flags(RUN_CONFIGS, values)
    values(with_preset_paths(["train", *arguments]))
    return run_config_from_flags(values)


@pytest.mark.parametrize("name", NAMES)
def test_preset_holds_settings_of_this_version(name):
    assert _run_config(f"--flagfile={name}") != _run_config()


def test_no_two_presets_share_a_folder():
    folders = {_run_config(f"--flagfile={n}").training.train_dir for n in NAMES}
    assert folders == {f"runs/{name.removesuffix('.flags')}" for name in NAMES}


def test_readme_names_every_preset():
    readme = (REPOSITORY / "README.md").read_text()
    assert all(f"`{name.removesuffix('.flags')}`" in readme for name in NAMES)
    assert {*re.findall(r"\w+\.flags", readme)} <= {*NAMES}


def test_flag_after_a_preset_overrides_it():
    run = _run_config("--flagfile=omniglot.flags", "--steps=3")
    assert (run.data.dataset, run.training.steps) == ("omniglot", 3)


def test_value_may_follow_as_an_argument_of_its_own():
    assert _run_config("--flagfile", "paper_omniglot_20way.flags").episode.n_way == 20


def test_file_in_the_working_directory_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "omniglot.flags").write_text("--steps=5\n")
    run = _run_config("--flagfile=omniglot.flags")
    assert (run.data.dataset, run.training.steps) == ("glyphs", 5)


def test_unknown_preset_is_refused_with_the_names_there_are():
    message = r"`flagfile` must be.*glyphs\.flags.*Received: no\.flags.*--flagfile"
    with pytest.raises(InputError, match=message):
        with_preset_paths(["train", "--flagfile=no.flags"])


def test_preset_that_is_mistyped_is_recognized():
    with pytest.raises(InputError, match="Did you mean omniglot.flags[?] Change"):
        _run_config("--flagfile=omniglott.flags")
