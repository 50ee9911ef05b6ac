"""All settings of a training run, from flags or a file of flags."""

import dataclasses
import os
import pathlib

from absl import flags

from metanet_tf.config.data import DataConfig, EpisodeConfig
from metanet_tf.config.model import ModelConfig
from metanet_tf.config.training import TrainingConfig
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import define_flags, from_flags


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """All settings of a training run."""

    data: DataConfig
    episode: EpisodeConfig
    model: ModelConfig
    training: TrainingConfig

    def __post_init__(self) -> None:
        self._check_shots()

    @property
    def largest_episode(self) -> EpisodeConfig:
        """Size of a training task of the most shots."""
        most = self.training.max_shots or self.episode.k_shot
        return dataclasses.replace(self.episode, k_shot=most)

    @property
    def evaluation_episode(self) -> EpisodeConfig:
        """Size of a validation or test task."""
        ways, queries = self.training.evaluation_ways, self.training.evaluation_queries
        return dataclasses.replace(
            self.episode,
            n_way=self.episode.n_way if ways is None else ways,
            queries_per_class=(
                self.episode.queries_per_class if queries is None else queries
            ),
        )

    @property
    def evaluation_settings(self) -> dict[str, str]:
        """Names of the settings that fields of `evaluation_episode` come from."""
        chosen = {
            "n_way": "evaluation_ways",
            "queries_per_class": "evaluation_queries",
        }
        return {
            field: name
            for field, name in chosen.items()
            if getattr(self.training, name) is not None
        }

    def _check_shots(self) -> None:
        most, fewest = self.training.max_shots, self.episode.k_shot
        if most is None:
            return
        if most < fewest:
            raise InputError(
                f"`max_shots` must be at least `k_shot`, {fewest}. Received: {most}. "
                "Change --max_shots or --k_shot."
            )
        if self.model.jit:
            raise InputError(
                "`max_shots` must be k_shot with `jit`, whose steps have one shape. "
                f"Received: {most}. Leave --max_shots or --jit out."
            )


RUN_CONFIGS = (DataConfig, EpisodeConfig, ModelConfig, TrainingConfig)


def run_config_from_flags(values: flags.FlagValues = flags.FLAGS) -> RunConfig:
    """Builds the settings of a run from the parsed flags.

    Raises:
        InputError: if a value lies outside its bounds.
    """
    return RunConfig(
        data=from_flags(DataConfig, values),
        episode=from_flags(EpisodeConfig, values),
        model=from_flags(ModelConfig, values),
        training=from_flags(TrainingConfig, values),
    )


def preset_files() -> list[pathlib.Path]:
    """Returns the flag files that come with the package, such as omniglot.flags."""
    return sorted((pathlib.Path(__file__).parents[1] / "presets").glob("*.flags"))


def run_config_from_file(path: str | os.PathLike) -> RunConfig:
    """Builds the settings of a run from a flag file, defaults where it has none.

    Raises:
        InputError: if the file cannot be understood or a value lies outside its
            bounds.
    """
    values = flags.FlagValues()
    define_flags(RUN_CONFIGS, values)
    try:
        values(["", f"--flagfile={path}"])
    except flags.Error as error:
        raise InputError(
            f"{path} must hold flags of this version. Received: {error}. Fix the "
            "file or choose another."
        ) from error
    return run_config_from_flags(values)
