import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from metanet_tf.commands.train import train
from metanet_tf.config import TrainingConfig
from metanet_tf.errors import InputError
from metanet_tf.files import write_json

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SMALL = [
    "--image_size=8",
    "--learner=mlp",
    "--hidden_units=8",
    "--generator_units=4",
    "--n_way=3",
    "--validation_episodes=2",
    "--test_episodes=2",
]


@pytest.fixture
def config(run_folder):
    """Settings of the run in `run_folder`, with ten steps."""
    config = run_folder.read_config()
    training = dataclasses.replace(config.training, steps=10)
    return dataclasses.replace(config, training=training)


def test_finished_run_is_reported_and_not_repeated(run_folder, config, capsys):
    results = {
        "accuracy": 0.5,
        "half_width": 0.1,
        "attention_accuracy": 0.4,
        "n_way": 3,
        "episodes": 2,
        "steps": 10,
        "seconds": 60.0,
    }
    write_json(run_folder.results_file, results)
    assert train(config) == 0
    shown = capsys.readouterr().out
    assert "is finished" in shown
    assert "Test accuracy 50.00% ± 10.00%" in shown
    assert not run_folder.checkpoints_dir.exists()


def test_run_with_other_settings_is_refused(run_folder, config):
    training = TrainingConfig(train_dir=str(run_folder.path), seed=4)
    with pytest.raises(InputError, match="--seed: 0 before, 4 now"):
        train(dataclasses.replace(config, training=training))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_run_goes_on_from_its_last_checkpoint(tmp_path, number):
    train_dir = tmp_path / "run"
    command = [sys.executable, "bin/train", f"--train_dir={train_dir}", *SMALL]
    process = subprocess.Popen(
        [*command, "--steps=1000000", "--checkpoint_every=5"],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )
    saved = _wait_for_checkpoint(train_dir, process)
    os.kill(process.pid, number)
    _, shown = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 128 + number
        assert "The same command goes on from there." in shown

    finished = subprocess.run(
        [*command, f"--steps={saved + 200}"],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert f"/{saved + 200} [" in finished.stderr
    assert " 0/" not in finished.stderr


def _wait_for_checkpoint(train_dir, process):
    """Step of the first checkpoint of a run that is being trained."""
    while process.poll() is None:
        for file in train_dir.glob("checkpoints/ckpt-*.index"):
            return int(file.stem.removeprefix("ckpt-"))
        time.sleep(0.1)
    raise AssertionError(process.stderr.read())
