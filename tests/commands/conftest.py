"""A run's folder with a validated model, made without training; a command running."""

import pathlib
import signal
import subprocess
import sys

import pytest

from metanet_tf.pretrained import save_pretrained
from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model, make_model

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def start():
    """Function: starts a command of bin/ with arguments; it is killed in the end."""
    started = []

    def start(name, *arguments):
        process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "bin" / name), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            # Without job control, a shell's background processes ignore ^C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:  # It closes the pipes and waits.
            process.kill()


@pytest.fixture
def run_folder(tiny_config, tmp_path):
    task = {"k_shot": 2, "queries_per_class": 4}
    train_dir = str(tmp_path / "run")
    config = tiny_config(learner="cnn", filters=4, train_dir=train_dir, **task)
    folder = RunFolder(config.training.train_dir)
    folder.prepare(config, {})
    save_best(make_model(config), folder, step=1)
    return folder


@pytest.fixture
def pretrained_dir(run_folder, tmp_path):
    """The run's model as a pretrained one."""
    folder = tmp_path / "pretrained" / "tiny"
    save_pretrained(*load_trained_model(str(run_folder.path)), folder)
    return folder
