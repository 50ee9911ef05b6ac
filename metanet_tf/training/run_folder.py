"""The folder of a run: its settings, versions and results."""

import dataclasses
import json
import pathlib
from typing import Any

from absl import flags

from metanet_tf.config import (
    RUN_CONFIGS,
    RunConfig,
    define_flags,
    run_config_from_flags,
)
from metanet_tf.errors import InputError
from metanet_tf.files import write_json, write_text
from metanet_tf.versions import versions


class RunFolder:
    """Names what lies in a run's folder and keeps its settings together.

    Args:
        train_dir: the folder; it need not exist before `prepare`.
    """

    def __init__(self, train_dir: str) -> None:
        self.path = pathlib.Path(train_dir)
        self.flags_file = self.path / "flags.txt"
        self.versions_file = self.path / "versions.json"
        self.results_file = self.path / "results.json"
        self.evaluation_file = self.path / "evaluation.json"
        self.checkpoints_dir = self.path / "checkpoints"
        self.best_dir = self.path / "best"
        self.export_dir = self.path / "export"

    def check(self, config: RunConfig) -> None:
        """Checks that a run in this folder, if there is one, was made with `config`.

        Raises:
            InputError: if a setting that may not change differs.
        """
        if not self.flags_file.exists():
            return
        before, now = _settings(self.read_config()), _settings(config)
        fixed = _fixed_settings(config)
        differing = [name for name in fixed if before[name] != now[name]]
        if differing:
            raise InputError(_differing_message(self.path, differing, before, now))

    def prepare(self, config: RunConfig) -> None:
        """Makes the folder and writes the settings and versions.

        Raises:
            OSError: if the folder cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lines = [f"--{name}={value}\n" for name, value in _settings(config).items()]
        write_text(self.flags_file, "".join(lines))
        write_json(self.versions_file, versions())

    def read_config(self) -> RunConfig:
        """Reads the settings of the run.

        Raises:
            InputError: if there are none or they cannot be understood.
        """
        if not self.flags_file.exists():
            raise InputError(
                f"`train_dir` must hold a run. Received: {self.path}, which has no "
                "flags.txt. Change --train_dir, or train there first."
            )
        values = flags.FlagValues()
        define_flags(RUN_CONFIGS, values)
        try:
            values([str(self.path), f"--flagfile={self.flags_file}"])
        except flags.Error as error:
            raise InputError(
                f"{self.flags_file} must hold flags of this version. Received: "
                f"{error}. Mend the file or choose another --train_dir."
            ) from error
        return run_config_from_flags(values)

    def read_results(self) -> dict[str, Any] | None:
        """Returns the results of a finished run, or None."""
        if not self.results_file.exists():
            return None
        return json.loads(self.results_file.read_text(encoding="utf-8"))


def is_finished(results: dict[str, Any], config: RunConfig) -> bool:
    """Whether a run with these results has nothing more to do under `config`."""
    minutes = config.training.minutes
    is_late = bool(minutes) and results["seconds"] >= 60 * minutes
    return is_late or results["steps"] >= config.training.steps


def _settings(config: RunConfig) -> dict[str, Any]:
    parts = dataclasses.asdict(config).values()
    return {name: value for part in parts for name, value in part.items()}


def _fixed_settings(config: RunConfig) -> list[str]:
    """Names of the settings that a continued run must share with its beginning."""
    fields = [field for part in RUN_CONFIGS for field in dataclasses.fields(part)]
    fixed = [field.name for field in fields if not field.metadata["may_change"]]
    if config.training.learning_rate_schedule == "cosine":
        fixed.append("steps")  # The schedule's length.
    return fixed


def _differing_message(
    path: pathlib.Path,
    names: list[str],
    before: dict[str, Any],
    now: dict[str, Any],
) -> str:
    lines = [f"  --{name}: {before[name]} before, {now[name]} now" for name in names]
    return (
        f"`train_dir` must hold a run with the same settings. Received: {path}, "
        "where these differ:\n" + "\n".join(lines) + "\n"
        "Give the earlier values to continue that run, or another --train_dir to "
        "start a new one."
    )
