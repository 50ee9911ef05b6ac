#!/usr/bin/env python3
"""Kills a training at random moments and compares all bits with an uninterrupted one.

    python benchmarks/survival.py --kills=20 --json=docs/survival.json
    python benchmarks/survival.py --kills=20 --workers=2

Trains a small model on drawn glyphs once to its end. Then starts the same training in
other folders and ends it with SIGKILL, at moments drawn between its start and its end,
each time giving the same command again, until all kills have been made. Every run that
reached its end must hold the tensors, the results and the curves of the first. With
several workers one of them is killed, and the others must end by themselves.

Flags:
"""

import contextlib
import dataclasses
import json
import math
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO, Any

import numpy as np

from metanet_tf.commands import command
from metanet_tf.commands.train import WORKER_LOST
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import file_errors, write_json
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

with command.quiet_import():
    import tensorflow as tf
    from tensorflow.core.util import event_pb2

    from metanet_tf.training.run_folder import RunFolder

_REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
_TRAINING = (
    "--image_size=12",
    "--learner=mlp",
    "--hidden_units=16",
    "--generator_units=4",
    "--averaged_weights=0.9",
    "--validation_episodes=20",
    "--test_episodes=20",
    "--checkpoint_every=10",
    "--snapshot_every=100",
    "--validate_every=50",
    "--summary_every=10",
)
_SECONDS_TO_END = 300.0  # Of workers that lost one.
_PARTS = ("checkpoints", "best", "snapshots")
# Times, and how often TensorFlow has saved, differ from process to process.
_OWN = ("seconds", "save_counter")


@dataclasses.dataclass(frozen=True)
class SurvivalConfig(CheckedConfig):
    """Settings: how often a training is killed, and how long it is."""

    kills: int = setting(20, "Processes to kill, >= 1.", minimum=1)
    workers: int = setting(1, "Workers of a training, in [1, 9].", minimum=1, maximum=9)
    steps: int = setting(1500, "Steps of a training, >= 100.", minimum=100)
    seed: int = setting(0, "Seed of the moments, >= 0.", minimum=0)
    json: str = setting("", "JSON file for the figures. Empty: no file.", path=True)


@dataclasses.dataclass(frozen=True)
class Kill:
    """A killed process.

    Attributes:
        run: number of the training, from 0.
        worker: the process's number.
        seconds: after its start.
        step: of the newest checkpoint that it left.
        phase: what the run lacked then: training, test or export.
    """

    run: int
    worker: int
    seconds: float
    step: int
    phase: str


def main() -> None:
    """Runs what the command line asks for."""
    command.run(lambda: survive(from_flags(SurvivalConfig)), [SurvivalConfig], __doc__)


def survive(config: SurvivalConfig) -> None:
    """Kills, compares, prints a table and writes the figures.

    Raises:
        InputError: if a training fails, or the file cannot be written.
    """
    with tempfile.TemporaryDirectory() as place:
        whole = pathlib.Path(place, "whole")
        began = time.monotonic()
        _run(whole, config)
        seconds = time.monotonic() - began
        kills, differing, runs = _kill_all(config, pathlib.Path(place), whole, seconds)
    figures: dict[str, Any] = {
        "kills": len(kills),
        "workers": config.workers,
        "steps": config.steps,
        "runs": runs,
        "differing": differing,
        "by_phase": {
            phase: sum(kill.phase == phase for kill in kills)
            for phase in ("training", "test", "export")
        },
        "each": [dataclasses.asdict(kill) for kill in kills],
    }
    print(
        f"{len(kills)} kills in {runs} trainings of {config.steps} steps, "
        f"workers: {config.workers}; "
        f"differing: {', '.join(differing[:9]) or 'nothing'}."
    )
    if config.json:
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), figures)


def _kill_all(
    config: SurvivalConfig, place: pathlib.Path, whole: pathlib.Path, seconds: float
) -> tuple[list[Kill], list[str], int]:
    """Returns the kills, what differs in the runs that ended, and their number.

    Args:
        config: settings.
        place: folder for the trainings.
        whole: a training that was not killed.
        seconds: how long it took.
    """
    generator = random.Random(config.seed)
    kills: list[Kill] = []
    differing: list[str] = []
    run = 0
    while True:
        folder = place / str(run)
        moment = generator.uniform(0.0, seconds) if len(kills) < config.kills else None
        victim = generator.randrange(config.workers)
        began = time.monotonic()
        if _run(folder, config, moment, victim):
            kills.append(_kill(folder, run, victim, moment or 0.0))
            print(f"{len(kills):3}  {kills[-1]}", flush=True)
            continue
        if not any(kill.run == run for kill in kills):
            seconds = min(seconds, time.monotonic() - began)
        differing += differences(whole, folder)
        run += 1
        if moment is None:
            return kills, differing, run


def _run(
    folder: pathlib.Path,
    config: SurvivalConfig,
    moment: float | None = None,
    victim: int = 0,
) -> bool:
    """Trains, and kills a worker at a moment; False if it has ended before.

    Raises:
        InputError: if a worker failed, or did not end after another was killed.
    """
    with tempfile.TemporaryFile("w+") as shown:
        processes = _start(folder, config, shown)
        try:
            _wait(processes, moment)
            processes[victim].kill()  # Does nothing to one that has ended.
            _wait(processes, _SECONDS_TO_END)
            codes = [process.poll() for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.wait()
        is_killed = codes[victim] == -signal.SIGKILL
        good = {0, WORKER_LOST, -signal.SIGKILL} if is_killed else {0}
        if not {*codes} <= good or codes.count(-signal.SIGKILL) > 1:
            shown.seek(0)
            raise InputError(
                f"bin/train must end well. Received: exit codes {codes}, None if it "
                f"did not end. {shown.read()[-2000:]}"
            )
    return is_killed


def _wait(processes: list[subprocess.Popen], seconds: float | None) -> None:
    """Returns once all processes have ended, or after some seconds."""
    end = math.inf if seconds is None else time.monotonic() + seconds
    while time.monotonic() < end and None in [p.poll() for p in processes]:
        time.sleep(0.02)


def _start(
    folder: pathlib.Path, config: SurvivalConfig, shown: IO[str]
) -> list[subprocess.Popen]:
    command = [sys.executable, "bin/train", f"--train_dir={folder}", *_TRAINING]
    command.append(f"--steps={config.steps}")
    if config.workers == 1:
        environments: list[dict[str, str]] = [{}]
    else:
        command.append("--strategy=multi_worker")
        command.append(f"--episodes_per_step={config.workers}")
        environments = _environments(config.workers)
    return [
        subprocess.Popen(
            command,
            cwd=_REPOSITORY,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=shown,
        )
        for environment in environments
    ]


def _environments(workers: int) -> list[dict[str, str]]:
    """TF_CONFIG of each worker, at free ports of this machine."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(workers)
        ]
        ports = [listener.getsockname()[1] for listener in sockets]
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    return [
        {
            "TF_CONFIG": json.dumps(
                {"cluster": cluster, "task": {"type": "worker", "index": index}}
            )
        }
        for index in range(workers)
    ]


def _kill(folder: pathlib.Path, run: int, worker: int, seconds: float) -> Kill:
    files = folder.glob("checkpoints/ckpt-*.index")
    steps = [int(file.stem.removeprefix("ckpt-")) for file in files]
    phase = "training"
    if (folder / "results.json").exists():
        phase = "export"
    elif steps and max(steps) == RunFolder(folder).read_config().training.steps:
        phase = "test"
    return Kill(run, worker, round(seconds, 2), max(steps, default=0), phase)


def differences(whole: pathlib.Path, other: pathlib.Path) -> list[str]:
    """Names of what two runs of the same settings do not share to the bit."""
    differing = []
    for part in _PARTS:
        ours, expected = _tensors(other / part), _tensors(whole / part)
        differing += [
            name
            for name in sorted(ours.keys() | expected.keys())
            if not _is_same(ours.get(name), expected.get(name))
        ]
    if _results(other) != _results(whole):
        differing.append("results.json")
    if _curves(other) != _curves(whole):
        differing.append("curves")
    if not (other / "export" / "saved_model.pb").exists():
        differing.append("export")
    left = [path for path in other.rglob("*") if path.name.endswith(("_temp", ".part"))]
    return differing + [f"left over: {path.name}" for path in left]


def _tensors(folder: pathlib.Path) -> dict[str, np.ndarray]:
    """Every tensor of every checkpoint in a folder, but for times."""
    tensors = {}
    for file in folder.glob("ckpt-*.index"):
        reader = tf.train.load_checkpoint(str(file.with_suffix("")))
        for name in reader.get_variable_to_shape_map():
            if "VARIABLE_VALUE" in name and not any(x in name for x in _OWN):
                tensors[f"{folder.name}/{file.stem}/{name}"] = reader.get_tensor(name)
    return tensors


def _is_same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return False
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


def _results(folder: pathlib.Path) -> dict[str, Any]:
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    # The versions name the commit, which may change meanwhile.
    own = ("command", "sha256", "versions", "first_versions", *_OWN)
    return {name: value for name, value in results.items() if name not in own}


def _curves(folder: pathlib.Path) -> list[tuple[int, str, bytes]]:
    """Step, name and value of each scalar, as TensorBoard shows them."""
    scalars = []
    for file in folder.glob("events.out.tfevents.*"):
        for record in tf.data.TFRecordDataset(str(file)):
            event = event_pb2.Event.FromString(record.numpy())
            for value in event.summary.value:
                is_scalar = value.metadata.plugin_data.plugin_name in ("scalars", "")
                if is_scalar and not value.tag.endswith("/seconds"):
                    scalars.append(
                        (event.step, value.tag, value.tensor.SerializeToString())
                    )
    return sorted(scalars)


if __name__ == "__main__":
    main()
