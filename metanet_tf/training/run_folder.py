"""The folder of a run: its settings, versions and results."""

import contextlib
import dataclasses
import os
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import filelock

from metanet_tf.config import RUN_CONFIGS, RunConfig, run_config_from_file
from metanet_tf.model_source import FLAGS_FILE
from metanet_tf.utils.checksums import (
    check_lines,
    checked_json,
    signed_json,
    signed_lines,
)
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import (
    file_errors,
    parse_json,
    remove_leftovers,
    write_json,
    write_text,
)
from metanet_tf.utils.flag_settings import flag_value

# What results.json tells of the test, and what of the training.
TEST_RESULTS = ("accuracy", "half_width", "attention_accuracy", "n_way", "episodes")
TRAINING_RESULTS = ("steps", "seconds")
_WHOLE_NUMBERS = ("n_way", "episodes", "steps", "best_step", "seed")

# The last line of the files of settings that have no checksum yet.
_LAST_LINE = re.compile(r"--summary_every=\d+\n\Z")


class RunFolder:
    """Names what lies in a run's folder and keeps its settings together.

    Args:
        train_dir: the folder; it need not exist before `prepare`.
        setting: what messages call it, if another setting names this run.
        read_only: leave all writing to another process: what writes does nothing.

    Raises:
        InputError: in every method, if the folder cannot be read or written.
    """

    def __init__(
        self,
        train_dir: str | os.PathLike,
        setting: str = "train_dir",
        read_only: bool = False,
    ) -> None:
        self.path = pathlib.Path(train_dir)
        self.setting = setting
        self.read_only = read_only
        self.flags_file = self.path / FLAGS_FILE
        self.versions_file = self.path / "versions.json"
        self.results_file = self.path / "results.json"
        self.evaluation_file = self.path / "evaluation.json"
        self.checkpoints_dir = self.path / "checkpoints"
        self.best_dir = self.path / "best"
        self.snapshots_dir = self.path / "snapshots"
        self.tests_dir = self.path / "tests"
        self.export_dir = self.path / "export"

    def check(self, config: RunConfig) -> None:
        """Checks that a run in this folder, if there is one, was made with `config`.

        Raises:
            InputError: if a setting that may not change differs.
        """
        if not self._exists(self.flags_file):
            return
        before, now = _settings(self.read_config()), _settings(config)
        fixed = _fixed_settings(config)
        differing = [name for name in fixed if before[name] != now[name]]
        if differing:
            raise InputError(_differing_message(self.path, differing, before, now))

    def prepare(self, config: RunConfig, versions: dict[str, str]) -> None:
        """Makes the folder; writes the settings, and the versions of a new run."""
        if self.read_only:
            return
        with file_errors(self.setting, self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            write_text(self.flags_file, signed_lines(_flag_lines(config)))
        if not self._exists(self.versions_file):
            self.write(self.versions_file, versions)

    @contextlib.contextmanager
    def reserved(self) -> Iterator[None]:
        """Keeps other processes from training here; ends with this process, too.

        The folder is made if it is not there.

        Raises:
            InputError: if one does so already.
        """
        if self.read_only:
            yield
            return
        lock = filelock.FileLock(self.path / ".lock", blocking=False)
        with file_errors(self.setting, self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
            except filelock.Timeout as error:
                raise InputError(
                    "`train_dir` must be a folder that no other process trains in. "
                    f"Received: {self.path}. Wait for that process or stop it, or "
                    "change --train_dir."
                ) from error
        try:
            saved = self.checkpoints_dir, self.best_dir, self.snapshots_dir
            for folder in (self.path, *saved):
                remove_leftovers(folder)
            yield
        finally:
            lock.release()

    def read_config(self) -> RunConfig:
        """Reads the settings of the run.

        Raises:
            InputError: if there are none or they cannot be understood.
        """
        if not self._exists(self.flags_file):
            raise InputError(
                f"`{self.setting}` must hold a run. Received: {self.path}, which has "
                f"no flags.txt. Change --{self.setting}, or train there first."
            )
        with file_errors(self.setting, self.path):
            with self._damage_reported(self.flags_file):
                text = self.flags_file.read_text(encoding="utf-8")
                is_whole = check_lines(text)
            config = run_config_from_file(self.flags_file)
        if not is_whole and not _LAST_LINE.search(text):
            raise InputError(
                f"{self.flags_file} must hold all settings of the run. Received: a "
                "file that has lost lines. Put a copy of it there, or choose another "
                "run."
            )
        return config

    def read(self, file: pathlib.Path) -> dict[str, Any] | None:
        """Returns the content of one of the folder's JSON files, None without it."""
        if not self._exists(file):
            return None
        with file_errors(self.setting, self.path), self._damage_reported(file):
            return checked_json(parse_json(file.read_text(encoding="utf-8")))

    def read_results(self, needed: Iterable[str]) -> dict[str, Any] | None:
        """Returns the content of results.json, None without it.

        Args:
            needed: names of results that must be there.

        Raises:
            InputError: also if one of them is missing or no such value.
        """
        results = self.read(self.results_file)
        if results is None:
            return None
        lacking = [x for x in needed if not _is_result(x, results.get(x))]
        if lacking:
            raise InputError(
                f"{self.results_file} must be as it was written. Received: a file "
                f"without a right value of {', '.join(lacking)}. Put a copy of it "
                "there; or move it away and give the command of bin/train again, "
                "which tests the trained model once more."
            )
        return results

    def write(self, file: pathlib.Path, content: dict[str, Any]) -> None:
        """Writes one of the folder's JSON files."""
        if self.read_only:
            return
        with file_errors(self.setting, self.path):
            write_json(file, signed_json(content))

    def snapshot_steps(self) -> list[int]:
        """Steps of the models in snapshots/, in their order."""
        with file_errors(self.setting, self.path):
            found = self.snapshots_dir.glob("ckpt-*.index")
            return sorted(int(file.stem.removeprefix("ckpt-")) for file in found)

    def is_exported(self) -> bool:
        """True if export/ holds the model of results.json, which is written first."""
        model = self.export_dir / "saved_model.pb"
        if not self._exists(model):
            return False
        return model.stat().st_mtime >= self.results_file.stat().st_mtime

    @contextlib.contextmanager
    def _damage_reported(self, file: pathlib.Path) -> Iterator[None]:
        try:
            yield
        except ValueError as error:  # Of JSON and of UTF-8.
            raise InputError(
                f"{file} must be as it was written. Received: a damaged file "
                f"({error}). Put a copy of it there, or choose another run."
            ) from error

    def _exists(self, file: pathlib.Path) -> bool:
        with file_errors(self.setting, self.path):
            return file.exists()


def is_finished(results: dict[str, Any], config: RunConfig) -> bool:
    """True if a run with these results has nothing more to do under `config`."""
    minutes = config.training.minutes
    is_late = minutes is not None and results["seconds"] >= 60 * minutes
    return is_late or results["steps"] >= config.training.steps


def _is_result(name: str, value: Any) -> bool:
    if name == "versions":
        return isinstance(value, dict) and all(
            isinstance(value.get(part), str) for part in ("tensorflow", "commit")
        )
    kinds = int if name in _WHOLE_NUMBERS else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool)


def _flag_lines(config: RunConfig) -> str:
    """The settings as a flag file that is good in any working directory."""
    settings = _settings(config)
    lines = []
    for field in _fields():
        value = settings[field.name]
        if field.metadata["path"] and value:
            value = os.path.abspath(value)
        lines.append(f"--{field.name}={flag_value(field, value)}\n")
    return "".join(lines)


def _settings(config: RunConfig) -> dict[str, Any]:
    parts = dataclasses.asdict(config).values()
    return {name: value for part in parts for name, value in part.items()}


def _fixed_settings(config: RunConfig) -> list[str]:
    """Names of the settings that a continued run must share with its beginning."""
    fixed = [field.name for field in _fields() if not field.metadata["may_change"]]
    if config.training.learning_rate_schedule == "cosine":
        fixed.append("steps")  # The schedule's length.
    return fixed


def _fields() -> list[dataclasses.Field]:
    return [field for part in RUN_CONFIGS for field in dataclasses.fields(part)]


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
