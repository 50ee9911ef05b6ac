"""Every preset trains from an empty folder, in one command."""

import dataclasses

import numpy as np
import pytest
from absl import flags

from metanet_tf.commands.presets import preset_names, with_preset_paths
from metanet_tf.commands.train import train
from metanet_tf.config import RUN_CONFIGS, run_config_from_flags
from metanet_tf.data import LOADERS, glyphs
from metanet_tf.utils.flag_settings import define_flags

# Two steps of small tasks in a small network: all else is the preset's.
SHORT = [
    "--steps=2",
    "--minutes=unlimited",
    "--n_way=3",
    "--blocks=2",
    "--filters=4",
    "--max_filters=8",
    "--hidden_units=8",
    "--generator_units=4",
    "--validation_episodes=2",
    "--test_episodes=2",
]


def _glyphs(config):
    """Glyphs with the channels that the settings ask for."""
    of_ink = dataclasses.replace(config, channels=1, preparation="none")
    dataset = glyphs.load(of_ink)
    parts = {
        name: dataclasses.replace(
            part, images=np.repeat(part.images, config.channels, axis=-1)
        )
        for name, part in vars(dataset).items()
    }
    return dataclasses.replace(dataset, **parts)


@pytest.mark.parametrize("name", preset_names())
def test_preset_trains_from_an_empty_folder(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # A few glyphs in place of what a network or a disk would have to hold.
    monkeypatch.setattr(glyphs, "TRAINING_CLASSES", 120)
    monkeypatch.setattr(glyphs, "TEST_CLASSES", 10)
    monkeypatch.setattr("metanet_tf.data.LOADERS", dict.fromkeys(LOADERS, _glyphs))
    monkeypatch.setattr("metanet_tf.commands.train.check_source", lambda _: None)
    values = flags.FlagValues()
    define_flags(RUN_CONFIGS, values)
    values(with_preset_paths(["train", f"--flagfile={name}", *SHORT]))
    config = run_config_from_flags(values)
    assert not config.training.weights_from
    assert train(config) == 0
    shown = capsys.readouterr().out
    assert "Test accuracy" in shown and "SavedModel" in shown
    assert (tmp_path / config.training.train_dir / "results.json").is_file()
