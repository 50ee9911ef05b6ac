"""Two processes on this machine train one run."""

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.commands.train import WORKER_LOST
from metanet_tf.config import ModelConfig, TrainingConfig
from metanet_tf.training.cluster import WorkerLost
from metanet_tf.training.run import Run
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.workers import Workers, join_workers
from metanet_tf.utils.errors import InputError

TRAIN = "from metanet_tf.commands.train import main; main()"
START_SECONDS = 300  # TensorFlow is imported, and the step traced.
LOSS_SECONDS = 60  # In which a worker learns that another is gone.


@pytest.fixture
def make_config(make_config):
    """Settings of a run that two workers can share, with moving statistics."""
    model = ModelConfig(
        blocks=2,
        filters=4,
        hidden_units=8,
        generator_units=4,
        augmented_layers=2,
        normalization="batch",
        attention_sharpness=10.0,
    )
    settings = {"episodes_per_step": 2, "validation_episodes": 3, "test_episodes": 5}
    return lambda **training: dataclasses.replace(
        make_config(**settings | training), model=model
    )


@pytest.fixture
def start(tmp_path):
    """Starts workers that train with `config`; all end with the test."""
    started = []

    def start(config, count=2):
        flags = tmp_path / "flags"
        RunFolder(flags).prepare(config, {})
        addresses = [f"127.0.0.1:{port}" for port in _free_ports(count)]
        for index in range(count):
            task = {"type": "worker", "index": index}
            cluster = {"cluster": {"worker": addresses}, "task": task}
            started.append(
                subprocess.Popen(
                    [sys.executable, "-c", TRAIN, f"--flagfile={flags}/flags.txt"],
                    env=os.environ | {"TF_CONFIG": json.dumps(cluster)},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
        return started[-count:]

    yield start
    for worker in started:
        worker.kill()
        worker.communicate()


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _ends(worker, seconds=START_SECONDS):
    """Exit code and output of a worker that ends by itself."""
    output, _ = worker.communicate(timeout=seconds)
    return worker.returncode, output


def _wait_for_checkpoint(folder, after=0):
    """Step of the first checkpoint after that of a step."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        files = folder.checkpoints_dir.glob("ckpt-*.index")
        steps = [int(file.stem.partition("-")[2]) for file in files]
        if max(steps, default=0) > after:
            return max(steps)
        time.sleep(0.1)
    raise TimeoutError(f"no checkpoint after step {after} in {folder.path}")


def _state(folder, step):
    reader = tf.train.load_checkpoint(str(folder.checkpoints_dir / f"ckpt-{step}"))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if "VARIABLE_VALUE" in name and "seconds" not in name
    }


def test_one_process_is_its_own_chief():
    alone = Workers()
    assert alone.is_chief
    assert alone.agree(3.5, signal.SIGTERM) == (3.5, signal.SIGTERM)
    assert alone.gathered(np.array([1, 2])).tolist() == [1, 2]


@pytest.fixture
def set_workers(monkeypatch):
    def set_workers(count):
        addresses = [f"127.0.0.1:{port}" for port in range(1, 1 + count)]
        task = {"type": "worker", "index": 0}
        cluster = {"cluster": {"worker": addresses}, "task": task}
        monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))

    return set_workers


def test_episodes_that_cannot_be_shared_out_are_bad_input(set_workers):
    set_workers(2)
    config = TrainingConfig(strategy="multi_worker", episodes_per_step=3)
    with pytest.raises(InputError, match="multiple of .* all workers, 2, .*: 3"):
        join_workers(config)


def test_lost_worker_is_told_without_what_tensorflow_adds():
    said = "Graph execution error:\n\nDetected at node x\n\nCollective ops is aborted "
    said += "by: Socket closed\nThe error could be from a previous operation. [Op:x]"
    workers = Workers(count=2)
    message = r"ended or cannot be reached \(Socket closed\)\. .* same command"
    with pytest.raises(WorkerLost, match=message), workers.losses_reported():
        raise tf.errors.UnavailableError(None, None, said)
    alone = Workers()
    with pytest.raises(tf.errors.UnavailableError), alone.losses_reported():
        raise tf.errors.UnavailableError(None, None, said)


def test_one_worker_waits_for_nobody(set_workers):
    set_workers(1)
    workers = join_workers(TrainingConfig(strategy="multi_worker"))
    assert workers.is_chief
    assert workers.count == 1


@pytest.mark.slow
def test_two_workers_train_to_the_state_of_one_device(make_config, start, tmp_path):
    steps = {"steps": 5, "validate_every": 3, "steps_per_call": 2}
    one = make_config(train_dir=str(tmp_path / "one"), **steps)
    two = make_config(train_dir=str(tmp_path / "two"), strategy="multi_worker", **steps)
    workers = start(two)
    (chief_code, chief), (code, other) = map(_ends, workers)
    assert (chief_code, code) == (0, 0), chief + other
    assert "Test accuracy" in chief
    assert len(other.splitlines()) == 1
    assert "Worker 1 of 2" in other

    run = Run(one)
    run.train()
    expected_results = run.finish("train")
    folder = RunFolder(two.training.train_dir)
    expected, state = (_state(RunFolder(tmp_path / name), 5) for name in ("one", "two"))
    assert state.keys() == expected.keys()
    errors = {name: np.max(np.abs(state[name] - expected[name])) for name in expected}
    assert max(errors.values()) < 1e-5, sorted(errors.items(), key=lambda x: -x[1])
    results = folder.read(folder.results_file)
    for name in ("episodes", "accuracy", "self_accuracy", "best_step"):
        assert results[name] == pytest.approx(expected_results[name]), name
    assert folder.is_exported()
    assert len(list(folder.path.glob("events.*"))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_run_goes_on_after_a_worker_was_killed(make_config, start, victim):
    config = make_config(strategy="multi_worker", steps=10**6, checkpoint_every=5)
    folder = RunFolder(config.training.train_dir)
    workers = start(config)
    reached = _wait_for_checkpoint(folder)
    workers[victim].kill()
    code, output = _ends(workers[1 - victim], LOSS_SECONDS)
    assert code == WORKER_LOST, output
    assert output.count("Another worker of this run has ended") == 1
    assert "Traceback" not in output

    workers = start(config)
    reached = _wait_for_checkpoint(folder, after=reached)
    workers[1].send_signal(signal.SIGTERM)  # One worker is told; all stop and save.
    (chief_code, chief), (code, other) = (_ends(x, LOSS_SECONDS) for x in workers)
    assert (chief_code, code) == (143, 143), chief + other
    assert "Going on from step" in chief
    saved = int(chief.partition("Stopped and saved at step ")[2].partition(".")[0])
    assert saved >= reached
    assert _state(folder, saved)

    training = dataclasses.replace(config.training, steps=saved + 2)
    (alone,) = start(dataclasses.replace(config, training=training), count=1)
    code, output = _ends(alone)
    assert code == 0, output
    assert f"Going on from step {saved}" in output


@pytest.mark.slow
def test_chief_that_refuses_ends_the_others(make_config, start):
    config = make_config(strategy="multi_worker", steps=1)
    folder = RunFolder(config.training.train_dir)
    folder.prepare(config, {})
    with folder.reserved():  # Another process trains there.
        (chief_code, chief), (code, other) = map(_ends, start(config))
    assert chief_code == 2
    assert "no other process trains in" in chief
    assert code == WORKER_LOST
    assert "If it has given no reason" in other
