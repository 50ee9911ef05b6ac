#!/usr/bin/env python3
"""Feeds drawn bytes to everything that reads bytes of others, and counts them.

    pip install -e '.[test]'
    python benchmarks/fuzzing.py --seconds=120 --json=docs/fuzzing.json

Each target of tests/fuzzing.py has a process of its own, with a bound of memory and of
time for an input. The first input that makes one crash, hang or pass a bound ends the
command; its bytes are shown.

Flags:
"""

import dataclasses
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

from metanet_tf.commands import command
from metanet_tf.speed.report import Table
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import file_errors, write_json
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

TARGETS = {
    "pictures": "picture files, read by Python",
    "pictures_in_graph": "picture files, read in TensorFlow's graph",
    "bodies": "JSON bodies of the server",
    "messages": "gRPC messages of the server",
    "gzip": "compressed bodies",
    "page": "what the page sends, and its zip file",
    "flags": "flags.txt of a run",
    "results": "results.json of a run",
    "models": "model.json of a model folder",
    "signatures": "inputs of a SavedModel's signatures",
}
MOST_MEBIBYTES = 2560
MOST_SECONDS = 10  # For an input.
_REPOSITORY = pathlib.Path(__file__).resolve().parents[1]


@dataclasses.dataclass(frozen=True)
class FuzzingConfig(CheckedConfig):
    """Settings: how long, and what."""

    seconds: int = setting(60, "Seconds for each target, >= 1.", minimum=1)
    target: str = setting("", "One target alone. Empty: all.")
    json: str = setting("", "JSON file for the counts. Empty: no file.", path=True)


class Count(NamedTuple):
    """Count of the inputs of a target.

    Attributes:
        inputs: how many.
        mebibytes: most memory of the process, TensorFlow included.
    """

    inputs: int
    mebibytes: int


def feed(target: str, seconds: int) -> Count:
    """Feeds drawn bytes to a target for some seconds.

    Raises:
        InputError: if an input made it crash, hang or pass a bound.
    """
    limits = (
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={MOST_MEBIBYTES}",
        f"-timeout={MOST_SECONDS}",
        "-print_final_stats=1",
    )
    result = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing", target, *limits],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        raise InputError(
            f"The target {target} must answer or refuse every input. Received: one at "
            f"which it did neither.\n{result.stderr[-4000:]}"
        )
    inputs, mebibytes = (
        int(re.search(rf"stat::{name}:\s+(\d+)", result.stderr)[1])
        for name in ("number_of_executed_units", "peak_rss_mb")
    )
    return Count(inputs, mebibytes)


def feed_all(config: FuzzingConfig) -> None:
    """Feeds the targets one after the other, and tells the counts.

    Raises:
        InputError: as `feed` does; if there is no such target.
    """
    if config.target and config.target not in TARGETS:
        raise InputError(
            f"`target` must be one of {', '.join(TARGETS)}. Received: {config.target}. "
            "Change --target."
        )
    counts = {}
    table = Table(
        f"{config.seconds} s each, at most {MOST_SECONDS} s an input",
        (f"{'target':<18}", ""),
        ("inputs", ","),
        ("MiB", ","),
    )
    for target in [config.target] if config.target else TARGETS:
        counts[target] = feed(target, config.seconds)
        table.add(target, *counts[target])
    total = sum(count.inputs for count in counts.values())
    print(f"{total:,} inputs; none crashed, hung or passed a bound.")
    if config.json:
        content = {
            "seconds": config.seconds,
            "most_seconds": MOST_SECONDS,
            "most_mebibytes": MOST_MEBIBYTES,
            "inputs": total,
            "targets": {
                target: {"what": TARGETS[target], **count._asdict()}
                for target, count in counts.items()
            },
        }
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), content)


def main() -> None:
    """Runs what the command line asks for."""
    command.run(lambda: feed_all(from_flags(FuzzingConfig)), [FuzzingConfig], __doc__)


if __name__ == "__main__":
    main()
