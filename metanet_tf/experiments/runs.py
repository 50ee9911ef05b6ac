"""The runs of an experiment: named, found or to be trained, and for how long."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any

from metanet_tf.config import DataConfig, ExperimentConfig, RunConfig
from metanet_tf.training.run_folder import TRAINING_RESULTS, RunFolder, is_finished
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import write_json
from metanet_tf.utils.flag_settings import read_numbers

# Tasks between two models that are kept of every run, unless the preset says
# otherwise: the points of figure 3.
SNAPSHOT_TASKS = 2000

# Settings that tell what a finished run can be used for; others, such as its length,
# are free.
_PURPOSE = ("dataset", "class_split", "variant", "learner", "n_way", "k_shot")


@dataclasses.dataclass(frozen=True)
class NeededRun:
    """A run that an experiment needs.

    Attributes:
        name: readable, the same in all experiments.
        config: all its settings, its folder included.
    """

    name: str
    config: RunConfig

    @property
    def folder(self) -> RunFolder:
        """Folder of the run, which need not exist yet."""
        return RunFolder(self.config.training.train_dir)

    def results(self) -> dict[str, Any] | None:
        """Content of its results.json; None unless the run is finished.

        A run is as long as its own settings say, not as the preset says now.
        """
        return _results(self.folder)

    def lasting(self, minutes: float) -> "NeededRun":
        """Returns the same run, stopped after so many minutes."""
        return NeededRun(self.name, with_settings(self.config, minutes=minutes))


class Runs:
    """Finds the runs of experiments, or says how they are to be trained.

    Args:
        preset: settings of every run, but for those that an experiment decides.
        preset_name: the first part of a run's name.
        runs_dir: where runs are trained.
        train_dirs: finished runs to use instead.

    Raises:
        InputError: if one of `train_dirs` holds no finished run.
    """

    def __init__(
        self,
        preset: RunConfig,
        preset_name: str,
        *,
        runs_dir: str,
        train_dirs: Sequence[str],
    ) -> None:
        training = preset.training
        every = max(1, SNAPSHOT_TASKS // training.episodes_per_step)
        snapshot_every = training.snapshot_every or every
        self._preset = with_settings(preset, snapshot_every=snapshot_every)
        self._preset_name = preset_name
        self._runs_dir = runs_dir
        self._unused = {
            train_dir: _read_finished(train_dir) for train_dir in train_dirs
        }

    def on_omniglot(
        self, n_way: int, variant: str = "metanet", class_split: str = "previous"
    ) -> NeededRun:
        """Returns the run of a variant that is trained on a number of ways."""
        name = f"{class_split}_{variant}_{n_way}way"
        return self.need(name, n_way=n_way, variant=variant, class_split=class_split)

    def need(self, name: str, **settings: Any) -> NeededRun:
        """Returns a run with the preset's settings but for those given.

        It is the first of `train_dirs` that serves the purpose and has not been taken;
        without one, it is in a folder of its name.

        Raises:
            InputError: if that folder holds a run with other settings.
        """
        name = f"{self._preset_name}_{name}"
        train_dir = os.path.join(self._runs_dir, name)
        config = with_settings(self._preset, train_dir=train_dir, **settings)
        for given_dir, given in self._unused.items():
            if _purpose(given) == _purpose(config):
                del self._unused[given_dir]
                given = with_settings(given, train_dir=given_dir)
                return NeededRun(name, _with_data_of(given, config))
        _check_folder(config)
        return NeededRun(name, config)

    def check_all_used(self) -> None:
        """Checks that each of `train_dirs` has been taken for something.

        Raises:
            InputError: if one has not.
        """
        for train_dir, config in self._unused.items():
            purpose = zip(_PURPOSE, _purpose(config), strict=False)
            settings = ", ".join(f"--{name}={value}" for name, value in purpose)
            raise InputError(
                "`train_dirs` must be runs that the experiment needs, one for each "
                f"purpose. Received: {train_dir}, which was trained with {settings}. "
                "Leave it out or choose another --name."
            )


def with_settings(config: RunConfig, **settings: Any) -> RunConfig:
    """Returns `config` with other values for the settings named."""
    parts = {}
    for part in dataclasses.fields(config):
        old = getattr(config, part.name)
        names = {field.name for field in dataclasses.fields(old)} & settings.keys()
        changes = {name: settings[name] for name in names}
        parts[part.name] = dataclasses.replace(old, **changes)
    return RunConfig(**parts)


def _purpose(config: RunConfig) -> tuple[Any, ...]:
    """Purpose of a run: its values of `_PURPOSE`, and the run that it began from."""
    parts = [getattr(config, part.name) for part in dataclasses.fields(config)]
    settings = {k: v for part in parts for k, v in dataclasses.asdict(part).items()}
    source = config.training.meta_weights_from
    beginning = source and os.path.realpath(source)
    return *(settings[name] for name in _PURPOSE), beginning


def _with_data_of(config: RunConfig, other: RunConfig) -> RunConfig:
    data_dir, cache_dir = other.data.data_dir, other.data.cache_dir
    return with_settings(
        config,
        data_dir=data_dir or config.data.data_dir,
        cache_dir=cache_dir or config.data.cache_dir,
    )


def _read_finished(train_dir: str) -> RunConfig:
    folder = RunFolder(train_dir, "train_dirs")
    config = folder.read_config()
    if _results(folder) is None:
        raise InputError(
            f"`train_dirs` must be finished runs. Received: {train_dir}, which is not. "
            "Finish it with bin/train, or leave it out."
        )
    return config


def _results(folder: RunFolder) -> dict[str, Any] | None:
    results = folder.read_results(TRAINING_RESULTS)
    if results is None or not is_finished(results, folder.read_config()):
        return None
    return results


def _check_folder(config: RunConfig) -> None:
    try:
        RunFolder(config.training.train_dir).check(config)
    except InputError as error:
        raise InputError(
            f"{error}\nIn an experiment, that is another --preset or --runs_dir."
        ) from error


def wanted_ways(config: ExperimentConfig, default: Sequence[int]) -> list[int]:
    """Returns the numbers of ways that `config` asks for, each once, or `default`.

    Raises:
        InputError: if `n_way` is not a list of numbers >= 2.
    """
    asked = read_numbers("n_way", config.n_way, minimum=2)
    return list(dict.fromkeys(asked or default))


def wanted_way(config: ExperimentConfig, default: int) -> int:
    """Returns the only number of ways that `config` asks for, or `default`.

    Raises:
        InputError: if there are several.
    """
    ways = wanted_ways(config, [default])
    if len(ways) > 1:
        raise InputError(
            f"`n_way` must be one number for {config.name}. Received: {config.n_way}. "
            "Change --n_way."
        )
    return ways[0]


def mnist_data(data: DataConfig) -> DataConfig:
    """Returns MNIST with images of the size of `data`.

    Its permuted digits need no rotations or reflections to be many.
    """
    return dataclasses.replace(
        data,
        dataset="mnist",
        rotations=False,
        reflections=False,
        validation_classes=DataConfig().validation_classes,
    )


def minutes_per_run(budget: float, missing: int, folder: pathlib.Path) -> float:
    """Shares `budget` minutes out evenly over the runs that are missing.

    The share is written down: when the same command goes on after an interruption,
    fewer runs are missing, and their share must not grow.

    Args:
        budget: minutes for all runs together, > 0.
        missing: number of runs that are not finished.
        folder: that of the experiment.

    Raises:
        OSError: if the folder cannot be written.
    """
    file = folder / "budget.json"
    if file.exists():
        earlier = json.loads(file.read_text(encoding="utf-8"))
        if earlier["budget_minutes"] == budget:
            return earlier["minutes_per_run"]
    share = budget / max(missing, 1)
    write_json(file, {"budget_minutes": budget, "minutes_per_run": share})
    return share
