#!/usr/bin/env python3
"""Draws accuracy on test classes against seconds of training, beside a peer's.

    bin/train --flagfile=omniglot.flags --snapshot_every=500
    python benchmarks/prototypical_networks.py --minutes=10 --json=peer.json
    python benchmarks/accuracy_by_time.py --model=runs/omniglot \
        --peer=peer.json --json=accuracy.json --picture=accuracy.png

Every model that the run kept in snapshots/ is tested on the same tasks as the peer.
MetaNet's seconds contain those of its validations, the peer's do not.

Flags:
"""

import dataclasses
import json
import pathlib
from typing import Any

from metanet_tf.commands import command
from metanet_tf.model_source import Kind, find_model
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import file_errors, write_aside, write_json
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

with command.quiet_import():
    from metanet_tf.data import load_dataset
    from metanet_tf.evaluation.accuracy import evaluate
    from metanet_tf.figures import new_figure
    from metanet_tf.training.run import EVALUATION_SEED
    from metanet_tf.training.run_folder import RunFolder
    from metanet_tf.training.trained_model import load_snapshot

Curve = list[dict[str, Any]]
_SNAPSHOTS = "Snapshots are kept by bin/train --snapshot_every: give the run's folder."


@dataclasses.dataclass(frozen=True)
class CurveConfig(CheckedConfig):
    """Settings: a run, a peer, and files for the curves."""

    model: str = setting("runs/omniglot", "Folder of a run with snapshots.", path=True)
    peer: str = setting(
        "", "JSON file of prototypical_networks.py. Empty: no peer.", path=True
    )
    data_dir: str = setting(
        "", "Folder of TFDS data. Empty: the one used in training.", path=True
    )
    episodes: int = setting(100, "Tasks per snapshot, >= 2.", minimum=2)
    json: str = setting("", "JSON file for both curves. Empty: no file.", path=True)
    picture: str = setting("", "PNG file for the plot. Empty: no plot.", path=True)


def main() -> None:
    """Runs what the command line asks for."""
    command.run(lambda: draw(from_flags(CurveConfig)), [CurveConfig], __doc__)


def draw(config: CurveConfig) -> None:
    """Tests the snapshots, and writes and draws both curves.

    Raises:
        InputError: if the run has no snapshots, or a file cannot be read or written.
    """
    peer = read_peer(config.peer) if config.peer else []
    curves = {"MetaNet": snapshot_curve(config), "Prototypical Networks": peer}
    if config.json:
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), curves)
    if config.picture:
        with file_errors("picture", config.picture):
            _plot(curves, pathlib.Path(config.picture))


def read_peer(path: str) -> Curve:
    """The points on test classes in the peer's JSON file.

    Raises:
        InputError: if there is no such file or it is of another kind.
    """
    try:
        return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["test"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "`peer` must be a JSON file of prototypical_networks.py. Received: "
            f"{path} ({error!r}). Change --peer or leave it out."
        ) from error


def snapshot_curve(config: CurveConfig) -> Curve:
    """A point for each snapshot, in the order of training."""
    folder = find_model(config.model, [Kind.RUN], remedy=_SNAPSHOTS).folder
    run = RunFolder(folder, "model").read_config()
    classes = load_dataset(run.data.found_at(config.data_dir)).test
    points = []
    for step in _steps(folder):
        model, seconds = load_snapshot(folder, step, "model")
        accuracy = evaluate(
            model, classes, run.episode, episodes=config.episodes, seed=EVALUATION_SEED
        ).accuracy
        points.append(
            {
                "seconds": round(seconds, 1),
                "steps": step,
                "accuracy": accuracy.value,
                "half_width": accuracy.half_width,
                "episodes": config.episodes,
            }
        )
        print(f"step {step}, {seconds:.1f} s: {accuracy}", flush=True)
    return points


def _steps(folder: pathlib.Path) -> list[int]:
    """Steps of the snapshots that are there."""
    found = RunFolder(folder, "model").snapshot_steps()
    if not found:
        raise InputError(
            f"`model` must be a run with snapshots. Received: {folder}, which has "
            "none. Train with --snapshot_every."
        )
    return found


def _plot(curves: dict[str, Curve], path: pathlib.Path) -> None:
    figure = new_figure(width=7.0, height=4.5)
    axes = figure.subplots()
    for name, curve in curves.items():
        if curve:
            _, *numbers = zip(*map(_point, curve), strict=True)
            axes.errorbar(*numbers, marker=".", capsize=2, label=name)
    axes.axhline(94.0, color="#b0b0b0", linewidth=0.8)
    axes.set(xlabel="minutes of training", ylabel="accuracy on test classes, %")
    axes.set_ylim(bottom=80.0)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    with write_aside(path) as aside:
        figure.savefig(aside, format="png")


def _point(point: dict[str, Any]) -> tuple[int, float, float, float]:
    """Steps, minutes, accuracy and half-width of its interval in %."""
    percent = 100.0 * point["accuracy"], 100.0 * point["half_width"]
    return point["steps"], point["seconds"] / 60.0, *percent


if __name__ == "__main__":
    main()
