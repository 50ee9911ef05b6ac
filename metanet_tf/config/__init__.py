"""All settings: frozen dataclasses, built from flags, checked once."""

from metanet_tf.config.commands import (
    INKS,
    BenchmarkConfig,
    ClassifyConfig,
    DemoConfig,
    EvaluationConfig,
    ExperimentConfig,
    ExportConfig,
    PublishConfig,
    ServeConfig,
    TaskConfig,
)
from metanet_tf.config.run import (
    MAX_SEED,
    PREPARATIONS,
    RUN_CONFIGS,
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    run_config_from_file,
    run_config_from_flags,
)

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
    "MAX_SEED",
    "ModelConfig",
    "PREPARATIONS",
    "PublishConfig",
    "RUN_CONFIGS",
    "RunConfig",
    "ServeConfig",
    "TaskConfig",
    "TrainingConfig",
    "run_config_from_file",
    "run_config_from_flags",
]
