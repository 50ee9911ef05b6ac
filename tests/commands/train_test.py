import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from metanet_tf.commands import run_export
from metanet_tf.commands import train as train_module
from metanet_tf.commands.train import train
from metanet_tf.config import TrainingConfig
from metanet_tf.training.cluster import WorkerLost
from metanet_tf.training.run import Run
from metanet_tf.utils.errors import InputError

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
RESULTS = {
    "accuracy": 0.5,
    "half_width": 0.1,
    "attention_accuracy": 0.4,
    "n_way": 3,
    "episodes": 2,
    "steps": 10,
    "seconds": 60.0,
}


@pytest.fixture
def config(run_folder):
    """Settings of the run in `run_folder`, with ten steps."""
    config = run_folder.read_config()
    training = dataclasses.replace(config.training, steps=10)
    return dataclasses.replace(config, training=training)


@pytest.fixture
def finished_run(run_folder):
    """Folder of a run with a result, not exported."""
    run_folder.write(run_folder.results_file, RESULTS)
    return run_folder


def test_finished_run_is_reported_and_exported_but_not_repeated(
    finished_run, config, capsys
):
    assert train(config) == 0
    shown = capsys.readouterr().out
    assert "is finished" in shown
    assert "Test accuracy 50.00% ± 10.00%" in shown
    assert not finished_run.checkpoints_dir.exists()
    assert finished_run.is_exported()

    model = finished_run.export_dir / "saved_model.pb"
    exported = model.stat().st_mtime_ns
    assert train(config) == 0
    assert model.stat().st_mtime_ns == exported


@pytest.mark.parametrize("name", [*RESULTS])
def test_results_that_lack_something_are_refused_at_once(run_folder, config, name):
    results = {key: value for key, value in RESULTS.items() if key != name}
    run_folder.write(run_folder.results_file, results)
    with pytest.raises(InputError, match=f"results.json must.* value of {name}. Put"):
        train(config)


def test_failing_export_leaves_the_results_and_tells_what_train_can_do(
    finished_run, config, capsys
):
    finished_run.export_dir.mkdir()
    (finished_run.export_dir / "notes.txt").touch()
    with pytest.raises(InputError, match="export must be new.*same command") as error:
        train(config)
    assert "--export_dir" not in str(error.value)
    assert "Test accuracy 50.00%" in capsys.readouterr().out


def test_lost_worker_is_told_in_one_line(config, monkeypatch, capsys):
    def lose(*_):
        raise WorkerLost("Another worker has ended.")

    monkeypatch.setattr(train_module, "_train_and_test", lose)
    assert train(config) == train_module.WORKER_LOST == 75
    assert capsys.readouterr().err == "Another worker has ended.\n"


def test_only_the_chief_reports_and_exports(finished_run, config, monkeypatch, capsys):
    training = dataclasses.replace(config.training, strategy="multi_worker")
    cluster = {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}
    tf_config = {"cluster": cluster, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(tf_config))
    assert train(dataclasses.replace(config, training=training)) == 0
    assert "Test accuracy" not in capsys.readouterr().out
    assert not finished_run.is_exported()


def test_workers_must_be_named_before_anything_begins(config, monkeypatch, tmp_path):
    for name in ("TF_CONFIG", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    train_dir = str(tmp_path / "other")
    settings = {"strategy": "multi_worker", "train_dir": train_dir}
    training = dataclasses.replace(config.training, **settings)
    with pytest.raises(InputError, match="TF_CONFIG"):
        train(dataclasses.replace(config, training=training))
    assert not os.path.exists(train_dir)


def test_export_is_the_last_thing_that_is_done(config, monkeypatch):
    """Writes what has taken long before it."""
    done = []
    monkeypatch.setattr(Run, "train", lambda _: done.append("train"))
    monkeypatch.setattr(Run, "finish", lambda *_: done.append("test") or RESULTS)
    monkeypatch.setattr(run_export, "export_run", lambda _: done.append("export"))
    assert train(config) == 0
    assert done == ["train", "test", "export"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_test_tells_that_the_command_goes_on(
    config, monkeypatch, capsys, number
):
    monkeypatch.setattr(Run, "train", lambda _: None)
    monkeypatch.setattr(Run, "finish", lambda *_: signal.raise_signal(number))
    assert train(config) == 128 + number
    assert "The same command does what is left." in capsys.readouterr().err


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
    _wait_for_checkpoint(train_dir, process)
    os.kill(process.pid, number)
    _, shown = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 128 + number
        assert "The same command goes on from there." in shown
    saved = _last_checkpoint(train_dir)
    if number != signal.SIGKILL:
        assert f"saved at step {saved}." in shown

    finished = subprocess.run(
        [*command, f"--steps={saved + 200}"],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert f"Going on from step {saved}." in finished.stderr
    assert _last_checkpoint(train_dir) == saved + 200


@pytest.mark.slow
def test_sigterm_ends_a_validation_within_ten_seconds(start, tmp_path):
    train_dir = tmp_path / "run"
    endless = ["--checkpoint_every=5", "--validate_every=7", "--steps=1000000"]
    small = [flag for flag in SMALL if "validation" not in flag]
    process = start(
        *("train", f"--train_dir={train_dir}", *small, *endless),
        "--validation_episodes=10000000",
    )
    _wait_for_checkpoint(train_dir, process)
    time.sleep(40.0)  # By now it validates, and has traced it.
    process.terminate()
    _, shown = process.communicate(timeout=10)
    assert process.returncode == 143
    assert "Stopped and saved at step 7." in shown


def _wait_for_checkpoint(train_dir, process):
    while not _last_checkpoint(train_dir):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)


def _last_checkpoint(train_dir):
    """Step of the last checkpoint; 0 without one."""
    files = train_dir.glob("checkpoints/ckpt-*.index")
    return max((int(file.stem.removeprefix("ckpt-")) for file in files), default=0)
