"""All settings: frozen dataclasses, built from flags, checked once."""

from metanet_tf.config.commands import (
    INKS,
    BenchmarkConfig,
    ClassifyConfig,
    DemoConfig,
    EvaluationConfig,
    ExperimentConfig,
    ExportConfig,
    InspectConfig,
    PublishConfig,
    ReplayConfig,
    ServeConfig,
    TaskConfig,
)
from metanet_tf.config.data import (
    MAX_SEED,
    PREPARATIONS,
    DataConfig,
    EpisodeConfig,
)
from metanet_tf.config.model import ModelConfig
from metanet_tf.config.run import (
    RUN_CONFIGS,
    RunConfig,
    preset_files,
    run_config_from_file,
    run_config_from_flags,
)
from metanet_tf.config.training import TrainingConfig

__all__ = [
    "BenchmarkConfig",
    "ClassifyConfig",
    "DataConfig",
    "DemoConfig",
    "EpisodeConfig",
    "EvaluationConfig",
    "ExperimentConfig",
    "ExportConfig",
    "INKS",
    "InspectConfig",
    "MAX_SEED",
    "ModelConfig",
    "PREPARATIONS",
    "PublishConfig",
    "ReplayConfig",
    "RUN_CONFIGS",
    "RunConfig",
    "ServeConfig",
    "TaskConfig",
    "TrainingConfig",
    "preset_files",
    "run_config_from_file",
    "run_config_from_flags",
]
