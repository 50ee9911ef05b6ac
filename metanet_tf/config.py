"""Settings of a run: frozen dataclasses, built from flags, checked once.

Every field of a dataclass below is one absl flag of the same name; the field's
metadata holds the flag's help, its bounds and whether a run that is continued
may change it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from absl import flags

from metanet_tf.errors import InputError

Config = TypeVar("Config", bound="CheckedConfig")


def setting(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[str] | None = None,
    may_change: bool = False,
) -> Any:
    """Declares a field with its flag's help and its bounds, both inclusive.

    `may_change` marks a setting that may differ when a run is continued.
    """
    metadata = {
        "help": help,
        "minimum": minimum,
        "maximum": maximum,
        "choices": choices,
        "may_change": may_change,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class CheckedConfig:
    """Checks every field against its bounds when an instance is made."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check_bounds(field, getattr(self, field.name))


@dataclasses.dataclass(frozen=True)
class DataConfig(CheckedConfig):
    """Which images, and how their classes are divided."""

    dataset: str = setting("glyphs", "Data set: glyphs or omniglot.")
    data_dir: str = setting(
        "",
        "Folder of prepared TFDS data. Empty: TFDS's own folder, with download.",
        may_change=True,
    )
    cache_dir: str = setting(
        "",
        "Folder for resized images. Empty: metanet_tf in the user's cache folder.",
        may_change=True,
    )
    class_split: str = setting(
        "previous",
        "Omniglot's division into classes. previous: 1,200 training and 423 test "
        "characters across alphabets; standard: 30 and 20 alphabets.",
        choices=("previous", "standard"),
    )
    image_size: int = setting(
        28, "Height and width of an image (H, W), pixels, >= 8.", minimum=8
    )
    rotations: bool = setting(
        False, "Add training classes rotated by 90, 180 and 270 degrees."
    )
    validation_classes: int = setting(
        100,
        "Classes taken from the training classes for validation, >= 2.",
        minimum=2,
    )


@dataclasses.dataclass(frozen=True)
class EpisodeConfig(CheckedConfig):
    """Size of a training or validation task."""

    n_way: int = setting(5, "Classes per task (n-way), >= 2.", minimum=2)
    k_shot: int = setting(1, "Support images per class (k in k-shot), >= 1.", minimum=1)
    queries_per_class: int = setting(
        5, "Query images per class; L = n_way * queries_per_class, >= 1.", minimum=1
    )


@dataclasses.dataclass(frozen=True)
class ModelConfig(CheckedConfig):
    """What MetaNet consists of."""

    variant: str = setting(
        "metanet",
        "metanet; metanet_minus: u has no task-level fast weights Q*; "
        "metanet_plus: b has task-level fast weights too.",
        choices=("metanet", "metanet_minus", "metanet_plus"),
    )
    learner: str = setting(
        "cnn",
        "Hidden layers of b and u. cnn: five convolutions and a dense layer; "
        "mlp: dense layers.",
        choices=("cnn", "mlp"),
    )
    filters: int = setting(64, "Filters per convolution, >= 1.", minimum=1)
    hidden_units: int = setting(
        64, "Units per dense layer; the size of r, >= 1.", minimum=1
    )
    augmented_layers: int = setting(
        3,
        "How many of the last layers, the softmax layer included, take fast "
        "weights; 0: all, >= 0.",
        minimum=0,
    )
    base_input: str = setting(
        "image",
        "What b works on: the image x, or the representation r, which implies "
        "dense layers (Eq. 12).",
        choices=("image", "representation"),
    )
    slow_weights: bool = setting(
        True,
        "Add the slow weights' activation in layers with fast weights "
        "(section 3.3); false: fast weights alone.",
    )
    second_order: bool = setting(
        False, "Let the gradient of L_train flow through the support gradients."
    )
    sampled_support: int = setting(
        0,
        "Support examples that d reads (T); 0: all n_way * k_shot, >= 0.",
        minimum=0,
    )
    generator_units: int = setting(
        20, "Hidden units per layer of m and of d, >= 1.", minimum=1
    )
    anchored_generators: bool = setting(
        True,
        "Subtract what m and d make of a gradient of zero, so that no gradient "
        "means no fast weight.",
    )
    generator_output_scale: float = setting(
        1.0,
        "Factor on the initial output weights of m and d, in (0, 1]; without "
        "--anchored_generators training needs a small one, such as 0.02.",
        minimum=1e-6,
        maximum=1.0,
    )
    attention_sharpness: float = setting(
        1.0,
        "Factor on the cosine attention scores a_i before the softmax, > 0; "
        "the paper has 1.",
        minimum=1e-6,
    )


@dataclasses.dataclass(frozen=True)
class TrainingConfig(CheckedConfig):
    """How the weights theta = {W, Q, Z, G} are found."""

    train_dir: str = setting("runs/metanet", "Folder of the run.", may_change=True)
    seed: int = setting(0, "Seed of weights and training tasks, >= 0.", minimum=0)
    steps: int = setting(1000, "Training steps, >= 1.", minimum=1, may_change=True)
    minutes: float = setting(
        0.0,
        "Stop after this many minutes of training, all continuations together, "
        "should --steps not be reached before; 0: no limit, >= 0.",
        minimum=0.0,
        may_change=True,
    )
    episodes_per_step: int = setting(
        1, "Tasks whose gradients are averaged in one step, >= 1.", minimum=1
    )
    learning_rate: float = setting(
        1e-3, "Adam's initial learning rate, > 0.", minimum=1e-12
    )
    learning_rate_schedule: str = setting(
        "constant",
        "constant; or cosine: to zero over --steps, which then may not change.",
        choices=("constant", "cosine"),
    )
    clip_norm: float = setting(
        10.0, "Largest global norm of theta's gradient, > 0.", minimum=1e-12
    )
    attention_loss_weight: float = setting(
        0.0,
        "Weight of an auxiliary cross-entropy of the attention weights, >= 0; "
        "the paper has none.",
        minimum=0.0,
    )
    strategy: str = setting(
        "one_device",
        "one_device, or mirrored: a share of the episodes of a step on each "
        "device of this machine.",
        choices=("one_device", "mirrored"),
        may_change=True,
    )
    validate_every: int = setting(
        500, "Steps between validations, >= 1.", minimum=1, may_change=True
    )
    validation_episodes: int = setting(
        100, "Tasks per validation, >= 2.", minimum=2, may_change=True
    )
    test_episodes: int = setting(
        400, "Tasks of the final test, >= 2.", minimum=2, may_change=True
    )
    checkpoint_every: int = setting(
        200, "Steps between checkpoints, >= 1.", minimum=1, may_change=True
    )
    summary_every: int = setting(
        50, "Steps between TensorBoard scalars, >= 1.", minimum=1, may_change=True
    )


@dataclasses.dataclass(frozen=True)
class EvaluationConfig(CheckedConfig):
    """Which tasks a trained model is tested on."""

    train_dir: str = setting("runs/metanet", "Folder of the run.")
    data_dir: str = setting(
        "", "Folder of prepared TFDS data. Empty: the one used in training."
    )
    ways: str = setting(
        "", "Classes per task (K-way), comma-separated. Empty: as in training."
    )
    shots: int = setting(
        0, "Support images per class (k); 0: as in training, >= 0.", minimum=0
    )
    queries_per_class: int = setting(
        0, "Query images per class; 0: as in training, >= 0.", minimum=0
    )
    episodes: int = setting(400, "Tasks per number of ways, >= 2.", minimum=2)
    split: str = setting(
        "test", "Classes to use: test or validation.", choices=("test", "validation")
    )
    seed: int = setting(
        0, "Seed of the tasks, >= 0; training's final test has 0.", minimum=0
    )
    picture: str = setting(
        "", "PNG file for a picture of the first task. Empty: no picture."
    )


@dataclasses.dataclass(frozen=True)
class ExportConfig(CheckedConfig):
    """Which trained model becomes a SavedModel, and where."""

    train_dir: str = setting("runs/metanet", "Folder of the run.")
    export_dir: str = setting(
        "", "Folder of the SavedModel. Empty: export/ in --train_dir."
    )


@dataclasses.dataclass(frozen=True)
class TaskConfig(CheckedConfig):
    """Which task of unseen classes is drawn, and where."""

    train_dir: str = setting("runs/metanet", "Folder of the run.")
    task_dir: str = setting(
        "", "Folder for the task's pictures. Empty: task/ in --train_dir."
    )
    data_dir: str = setting(
        "", "Folder of prepared TFDS data. Empty: the one used in training."
    )
    seed: int = setting(1, "Seed of the task, >= 0.", minimum=0)


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """All settings of a training run."""

    data: DataConfig
    episode: EpisodeConfig
    model: ModelConfig
    training: TrainingConfig


RUN_CONFIGS = (DataConfig, EpisodeConfig, ModelConfig, TrainingConfig)


def define_flags(
    configs: Iterable[type[CheckedConfig]], values: flags.FlagValues = flags.FLAGS
) -> list[str]:
    """Defines one absl flag for every field of `configs` and returns the names."""
    fields = [field for config in configs for field in dataclasses.fields(config)]
    for field in fields:
        define = _DEFINE[type(field.default)]
        define(field.name, field.default, field.metadata["help"], flag_values=values)
    return [field.name for field in fields]


def from_flags(config: type[Config], values: flags.FlagValues = flags.FLAGS) -> Config:
    """Builds `config` from the parsed flags of the same names.

    Raises:
        InputError: if a value lies outside its bounds.
    """
    return config(**{f.name: values[f.name].value for f in dataclasses.fields(config)})


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


_DEFINE: dict[type, Callable[..., Any]] = {
    bool: flags.DEFINE_bool,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}


def _check_bounds(field: dataclasses.Field, value: Any) -> None:
    choices = field.metadata["choices"]
    minimum, maximum = field.metadata["minimum"], field.metadata["maximum"]
    if choices is not None and value not in choices:
        expected = f"one of {', '.join(choices)}"
    elif minimum is not None and not value >= minimum:
        expected = f"at least {minimum}"
    elif maximum is not None and not value <= maximum:
        expected = f"at most {maximum}"
    else:
        return
    raise InputError(
        f"`{field.name}` must be {expected}. Received: {value}. Change --{field.name}."
    )
