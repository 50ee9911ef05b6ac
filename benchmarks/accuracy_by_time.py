#!/usr/bin/env python3
"""Trains MetaNet and Prototypical Networks, and compares accuracy at equal times.

    pip install -e '.[peers]'
    python benchmarks/accuracy_by_time.py --data_dir=DIR --minutes=4 \
        --json=docs/accuracy_by_time.json --picture=docs/accuracy_by_time.png \
        --page=docs/reproduction.md

Both train on the same images, prepared and distorted alike, one after the other, each
on all cores, once with every seed; both learning rates fall to zero over the minutes.
After equal parts of the time both are tested on the same 20-way tasks. Seconds are
those of training, MetaNet's first trace included, and contain no test.

MetaNet has the settings of omniglot.flags. Prototypical Networks train on 60-way tasks
with Adam, as is best for them, and have four blocks of 64 filters, as in their paper;
--peer_arguments gives them other settings, such as MetaNet's filters.

A run whose file is in --runs_dir is not repeated, and one that was stopped goes on
(MetaNet) or begins again (the peer). The page gets the table between two marks.

Flags:
"""

import dataclasses
import functools
import json
import os
import pathlib
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from metanet_tf.commands import command
from metanet_tf.config import EpisodeConfig, RunConfig, preset_files
from metanet_tf.config import run_config_from_file as read_preset
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import (
    file_errors,
    write_aside,
    write_between,
    write_json,
)
from metanet_tf.utils.flag_settings import (
    CheckedConfig,
    from_flags,
    read_numbers,
    setting,
)

with command.quiet_import(split_operations=True):  # As bin/train does.
    from metanet_tf.data import load_dataset
    from metanet_tf.evaluation.accuracy import evaluate
    from metanet_tf.figures import new_figure
    from metanet_tf.speed.machine import machine
    from metanet_tf.training.interruption import Interrupted
    from metanet_tf.training.run import EVALUATION_SEED, Run
    from metanet_tf.training.run_folder import RunFolder
    from metanet_tf.training.trained_model import load_snapshot
    from metanet_tf.utils.versions import versions

METANET, PEER = "MetaNet", "Prototypical Networks"
PEER_SCRIPT = pathlib.Path(__file__).with_name("prototypical_networks.py")
TASK = EpisodeConfig(n_way=20, k_shot=1, queries_per_class=5)
# Of the preset: what decides which images both are trained on.
SHARED = (
    *("dataset", "class_split", "rotations", "reflections"),
    *("preparation", "distortion"),
)
MARKS = "<!-- accuracy by time -->", "<!-- end of accuracy by time -->"
_SNAPSHOT_EVERY = 25  # Steps; points are taken at the nearest.
_NEVER = 10**9  # Steps

Curve = list[dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class ComparisonConfig(CheckedConfig):
    """Settings of the comparison."""

    preset: str = setting("omniglot.flags", "Preset that MetaNet trains with.")
    data_dir: str = setting("", "Folder of TFDS data. Empty: TFDS's own.", path=True)
    seeds: str = setting("0,1,2", "Seeds of the runs, separated by commas.")
    minutes: float = setting(4.0, "Minutes of training of each run, > 0.", minimum=1e-6)
    points: int = setting(6, "Tests in each run, at equal times, >= 1.", minimum=1)
    episodes: int = setting(400, "Tasks of a test, >= 2.", minimum=2)
    peer_arguments: str = setting(
        "--n_way=60 --queries_per_class=3 --learning_rate=1e-3 --mixed_precision",
        "Further flags of prototypical_networks.py.",
    )
    runs_dir: str = setting(
        "runs/accuracy_by_time", "Folder of the runs and their results.", path=True
    )
    json: str = setting("", "JSON file for all results. Empty: no file.", path=True)
    picture: str = setting("", "PNG file for the figure. Empty: none.", path=True)
    page: str = setting(
        "", "Markdown file whose marked part becomes the table. Empty: none.", path=True
    )


def main() -> None:
    """Runs what the command line asks for."""
    command.run(
        lambda: compare(from_flags(ComparisonConfig)), [ComparisonConfig], __doc__
    )


def compare(config: ComparisonConfig) -> dict[str, Any]:
    """Makes the runs that are missing; shows and writes what all have reached.

    Returns:
        What the JSON file holds.

    Raises:
        InputError: if a setting is not as it should be, the data are missing, a file
            cannot be written, or the peer cannot be run.
    """
    seeds = read_numbers("seeds", config.seeds, minimum=0) or [0]
    runs = pathlib.Path(config.runs_dir)
    results: dict[str, Any] = {METANET: {}, PEER: {}}
    for seed in seeds:
        for name, train in ((METANET, train_metanet), (PEER, train_peer)):
            file = runs / f"{name.lower().replace(' ', '_')}_{seed}.json"
            make = functools.partial(train, config, seed, file)
            results[name][str(seed)] = _made_once(file, make)
    print(table(results))
    if config.json:
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), results)
    if config.picture:
        with file_errors("picture", config.picture):
            _plot(results, pathlib.Path(config.picture))
    if config.page:
        write_between(pathlib.Path(config.page), *MARKS, table(results))
    return results


def _made_once(file: pathlib.Path, make: Callable[[], dict[str, Any]]) -> Any:
    if not file.exists():
        result = make()
        with file_errors("runs_dir", file):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_json(file, result)
    return json.loads(file.read_text(encoding="utf-8"))


def train_metanet(
    config: ComparisonConfig, seed: int, file: pathlib.Path
) -> dict[str, Any]:
    """Trains a run, keeping its models, and tests some of them afterwards."""
    run = _run_config(config, seed, file.with_suffix(""))
    try:
        Run(run).train()
    except Interrupted as interrupted:  # It is saved; the same command goes on.
        raise KeyboardInterrupt from interrupted
    return {
        "settings": dataclasses.asdict(run),
        "versions": versions(),
        "machine": machine(),
        "test": _snapshot_curve(run, config),
    }


def _run_config(config: ComparisonConfig, seed: int, folder: pathlib.Path) -> RunConfig:
    run = _preset(config)
    training = dataclasses.replace(
        run.training,
        train_dir=str(folder),
        seed=seed,
        steps=_NEVER,
        minutes=config.minutes,
        snapshot_every=_SNAPSHOT_EVERY,
        # Nothing is chosen by validation: it would only take time.
        validate_every=_NEVER,
        validation_episodes=2,
    )
    return dataclasses.replace(run, training=training)


def _preset(config: ComparisonConfig) -> RunConfig:
    found = {path.name: path for path in preset_files()}
    if config.preset not in found:
        raise InputError(
            f"`preset` must be one of {', '.join(sorted(found))}. Received: "
            f"{config.preset}. Change --preset."
        )
    run = read_preset(found[config.preset])
    return dataclasses.replace(run, data=run.data.found_at(config.data_dir))


def _snapshot_curve(run: RunConfig, config: ComparisonConfig) -> Curve:
    """Tests the models that lie nearest to equal parts of the steps."""
    folder = run.training.train_dir
    steps = np.array(RunFolder(folder).snapshot_steps())
    wanted = np.arange(1, config.points + 1) / config.points * steps[-1]
    nearest = np.abs(steps - wanted[:, np.newaxis]).argmin(axis=1)
    classes = load_dataset(run.data).test
    curve = []
    for step in steps[nearest].tolist():
        model, seconds = load_snapshot(folder, step)
        accuracy = evaluate(
            model, classes, TASK, episodes=config.episodes, seed=EVALUATION_SEED
        ).accuracy
        point = {
            "seconds": round(seconds, 2),
            "steps": step,
            "accuracy": accuracy.value,
            "half_width": accuracy.half_width,
            "episodes": config.episodes,
        }
        curve.append(point)
        print(f"{METANET}, step {step}, {seconds:.1f} s: {accuracy}", flush=True)
    return curve


def train_peer(
    config: ComparisonConfig, seed: int, file: pathlib.Path
) -> dict[str, Any]:
    """Trains and tests Prototypical Networks in a process of its own.

    Raises:
        InputError: if it ends before its time.
    """
    data = dataclasses.asdict(_preset(config).data)
    shared = [f"--{name}={data[name]}" for name in SHARED]
    unfinished = file.with_suffix(".unfinished.json")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    arguments = [
        *shared,
        f"--data_dir={data['data_dir']}",
        f"--seed={seed}",
        f"--minutes={config.minutes}",
        f"--steps={_NEVER}",
        f"--points={config.points}",
        f"--test_n_way={TASK.n_way}",
        f"--test_queries={TASK.queries_per_class}",
        f"--test_episodes={config.episodes}",
        f"--json={unfinished}",
        *shlex.split(config.peer_arguments),
    ]
    done = subprocess.run([sys.executable, os.path.relpath(PEER_SCRIPT), *arguments])
    if done.returncode:
        raise InputError(
            f"{PEER_SCRIPT.name} must train to its end. Received: exit code "
            f"{done.returncode}; it says why above. Run the same command again."
        )
    return json.loads(unfinished.read_text(encoding="utf-8"))


def mean_curve(runs: dict[str, Any]) -> Curve:
    """Returns means over the seeds, point by point, with the smallest and largest."""
    curve = []
    for points in zip(*(run["test"] for run in runs.values()), strict=True):
        accuracies = [point["accuracy"] for point in points]
        curve.append(
            {
                "seconds": float(np.mean([point["seconds"] for point in points])),
                "accuracy": float(np.mean(accuracies)),
                "lowest": min(accuracies),
                "highest": max(accuracies),
            }
        )
    return curve


def seconds_to(curve: Curve, accuracy: float) -> float | None:
    """Returns when a curve first reaches an accuracy, seconds; None if it never does.

    Between two points it is interpolated; before the first, the first counts.
    """
    reached = [index for index, x in enumerate(curve) if x["accuracy"] >= accuracy]
    if not reached:
        return None
    index = reached[0]
    around = curve[max(0, index - 1) : index + 1]
    accuracies, seconds = (
        [point[name] for point in around] for name in ("accuracy", "seconds")
    )
    return float(np.interp(accuracy, accuracies, seconds))


def table(results: dict[str, Any]) -> str:
    """Returns means of all seeds, and who reached the other's end when, as Markdown."""
    ours, peers = mean_curve(results[METANET]), mean_curve(results[PEER])
    seeds = len(results[METANET])
    rows = [
        f"| | {METANET} | {PEER} |",
        "|---|---|---|",
        *(
            f"| after {our['seconds']:.0f} and {peer['seconds']:.0f} s "
            f"| {_shown(our)} | {_shown(peer)} |"
            for our, peer in zip(ours, peers, strict=True)
        ),
    ]
    half_width = max(
        run["test"][-1]["half_width"]
        for runs in (results[METANET], results[PEER])
        for run in runs.values()
    )
    episodes = next(iter(results[PEER].values()))["test"][-1]["episodes"]
    note = (
        f"20-way accuracy on test classes in %: mean, lowest and highest of {seeds} "
        f"seeds, {episodes} tasks each\n(95 % interval of one seed's last test: "
        f"± {100 * half_width:.2f})."
    )
    return "\n".join([*rows, "", note, *_race(ours, peers)])


def _race(ours: Curve, peers: Curve) -> list[str]:
    """Returns a sentence on when the better one reached the other's last accuracy."""
    better, other = (METANET, ours), (PEER, peers)
    if ours[-1]["accuracy"] < peers[-1]["accuracy"]:
        better, other = other, better
    last = other[1][-1]
    seconds = seconds_to(better[1], last["accuracy"])
    if seconds is None:
        return []
    return [
        f"{better[0]} reached the other's last {100 * last['accuracy']:.2f} % after "
        f"{seconds:.0f} s, {seconds / last['seconds']:.2f} of its time."
    ]


def _shown(point: dict[str, Any]) -> str:
    mean, lowest, highest = (
        100 * point[name] for name in ("accuracy", "lowest", "highest")
    )
    return f"{mean:.2f} ({lowest:.2f} to {highest:.2f})"


def _plot(results: dict[str, Any], path: pathlib.Path) -> None:
    figure = new_figure(width=7.0, height=4.5)
    axes = figure.subplots()
    for number, (name, runs) in enumerate(results.items()):
        colour = f"C{number}"
        for run in runs.values():
            axes.plot(*_columns(run["test"]), color=colour, alpha=0.35, linewidth=1)
        axes.plot(*_columns(mean_curve(runs)), color=colour, marker=".", label=name)
    axes.set(xlabel="minutes of training", ylabel="20-way accuracy on test classes, %")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    with write_aside(path) as aside:
        figure.savefig(aside, format="png")


def _columns(curve: Curve) -> Sequence[list[float]]:
    """Returns minutes, and accuracies in %."""
    minutes = [point["seconds"] / 60 for point in curve]
    return minutes, [100 * point["accuracy"] for point in curve]


if __name__ == "__main__":
    main()
