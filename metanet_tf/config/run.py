"""The settings of a training run."""

import dataclasses
import os
import pathlib

from absl import flags

from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import (
    CheckedConfig,
    define_flags,
    from_flags,
    setting,
)

MAX_SEED = 2**63 - 1
PREPARATIONS = ("none", "drawing", "photograph")
MAX_TTA_VIEWS = 9  # An image and those shifted to its eight neighbours.


@dataclasses.dataclass(frozen=True)
class DataConfig(CheckedConfig):
    """Settings of the images and of their division into classes."""

    dataset: str = setting(
        "glyphs",
        "Data set: glyphs, mnist, omniglot or cifar_fs; mini_imagenet, from "
        "--data_dir; image_folder, a folder of pictures for each class in --data_dir; "
        "or tfds:NAME, any of TensorFlow Datasets that has an image and a label.",
    )
    data_dir: str = setting(
        "",
        "Folder of the pictures of image_folder and mini_imagenet; of others a folder "
        "of TFDS data: what is missing there is downloaded to it. Empty: TFDS's own "
        "folder.",
        path=True,
        may_change=True,
    )
    cache_dir: str = setting(
        "",
        "Folder for resized images. Empty: metanet_tf in the user's cache folder.",
        path=True,
        may_change=True,
    )
    class_split: str = setting(
        "previous",
        "Omniglot's division into classes. previous: 1,200 training and 423 test "
        "characters across alphabets; standard: 30 and 20 alphabets.",
        choices=("previous", "standard"),
    )
    split_by: str = setting(
        "folders",
        "Division of image_folder into classes. folders: the folders train/, "
        "validation/ and test/, or class where there are none; class: by chance; "
        "group: by chance, all classes of a folder of classes together.",
        choices=("folders", "class", "group"),
    )
    split_seed: int = setting(
        0, "Seed of a division by chance, in [0, 2**63).", minimum=0, maximum=MAX_SEED
    )
    test_classes: int | None = setting(
        None,
        "Test classes of a division by chance, of image_folder and tfds:NAME, >= 2; "
        "fifth: a fifth of all.",
        kind=int,
        none="fifth",
        minimum=2,
    )
    skip_unreadable: bool = setting(
        False,
        "Leave out picture files that cannot be read.",
        may_change=True,
    )
    memory_map: bool = setting(
        False,
        "Keep images in a file of the cache, and read them from there when a task "
        "needs them, for more than fits into memory; those of omniglot, mnist and "
        "glyphs are in memory all the same.",
        may_change=True,
    )
    image_size: int = setting(
        28, "Height and width of an image (H, W), pixels, >= 8.", minimum=8
    )
    channels: int = setting(
        1,
        "Channels of an image (C): 1, ink or brightness; 3, red, green and blue, of "
        "photographs alone.",
        choices=(1, 3),
    )
    preparation: str = setting(
        "none",
        "none: pictures of ink are resized as they are; drawing: the drawing is found, "
        "under uneven light too, and brought to one place, one size and one stroke "
        "width; photograph: the middle square is resized, and no ink is looked for.",
        choices=PREPARATIONS,
    )
    rotations: bool = setting(
        False, "Add training classes rotated by 90, 180 and 270 degrees."
    )
    reflections: bool = setting(
        False, "Add training classes mirrored left to right, rotated ones too."
    )
    distortion: float = setting(
        0.0,
        "Distort training images at random: at 1 by up to 2 pixels, 10 degrees and "
        "10 percent of size; 0: not at all, in [0, 3].",
        minimum=0.0,
        maximum=3.0,
    )
    thickening: float = setting(
        0.0,
        "Thicken the strokes of training images at random: at 1 by up to a pixel on "
        "each side; 0: not at all, in [0, 1].",
        minimum=0.0,
        maximum=1.0,
    )
    random_flip: bool = setting(
        False, "Mirror half of the training images, drawn at random, left to right."
    )
    random_crop: float = setting(
        0.0,
        "Take parts of training images at random: at 1, of 70 percent of a side or "
        "more, up to 10 percent beyond the border; 0: not at all, in [0, 2].",
        minimum=0.0,
        maximum=2.0,
    )
    random_colour: float = setting(
        0.0,
        "Change brightness, contrast and saturation of training images at random: at 1 "
        "by up to 40 percent; 0: not at all, in [0, 2].",
        minimum=0.0,
        maximum=2.0,
    )
    validation_classes: int = setting(
        100,
        "Classes taken from the training classes for validation, >= 2; of mnist a "
        "multiple of 10; of image_folder and tfds:NAME a fifth of all if that is "
        "less, and those of the folder validation/ if there is one; mini_imagenet and "
        "cifar_fs have their own 16.",
        minimum=2,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels != 1 and self.preparation != "photograph":
            raise InputError(
                "`channels` must be 1 where `preparation` is none or drawing, which "
                f"look for ink. Received: {self.channels}, with {self.preparation}. "
                "Change --channels, or give --preparation=photograph."
            )

    @property
    def is_ink(self) -> bool:
        """True for images of ink, 1 on paper 0; False for photographs."""
        return self.preparation != "photograph"

    def found_at(self, data_dir: str) -> "DataConfig":
        """The same data in another folder; "": where they are said to be."""
        return dataclasses.replace(self, data_dir=data_dir or self.data_dir)


@dataclasses.dataclass(frozen=True)
class EpisodeConfig(CheckedConfig):
    """Size of a training or validation task."""

    n_way: int = setting(5, "Classes per task (N in N-way), >= 2.", minimum=2)
    k_shot: int = setting(1, "Support images per class (K in K-shot), >= 1.", minimum=1)
    queries_per_class: int = setting(
        5, "Query images per class; L = n_way * queries_per_class, >= 1.", minimum=1
    )
    within_group: bool = setting(
        False,
        "Draw all classes of a task from one group, which is harder: Omniglot's groups "
        "are alphabets.",
    )


@dataclasses.dataclass(frozen=True)
class ModelConfig(CheckedConfig):
    """Settings of MetaNet's parts."""

    variant: str = setting(
        "metanet",
        "metanet; metanet_minus: u has no task-level fast weights Q*; "
        "metanet_plus: b has task-level fast weights too.",
        choices=("metanet", "metanet_minus", "metanet_plus"),
    )
    learner: str = setting(
        "cnn",
        "Hidden layers of b and u. cnn: convolutions and a dense layer; mlp: dense "
        "layers.",
        choices=("cnn", "mlp"),
    )
    blocks: int = setting(
        5,
        "Blocks of a convolution, a rectifier and a pooling that halves height and "
        "width, >= 1.",
        minimum=1,
    )
    filters: int = setting(64, "Filters of the first convolution, >= 1.", minimum=1)
    max_filters: int | None = setting(
        None,
        "Every further convolution has twice the filters of the one below, up to this "
        "many, >= 1; as_first: all have --filters.",
        kind=int,
        none="as_first",
        none_formerly="0",
        minimum=1,
    )
    hidden_units: int = setting(
        64, "Units per dense layer; the size of r, >= 1.", minimum=1
    )
    normalization: str = setting(
        "none",
        "none, as in the paper; batch: batch normalization after each convolution "
        "without fast weights. Trained models use the averages kept in training, so a "
        "query's answer does not depend on the others.",
        choices=("none", "batch"),
    )
    representation_activation: str = setting(
        "relu",
        "Activation of u's last layer, whose output is r: relu; or linear, which lets "
        "cosines be negative.",
        choices=("relu", "linear"),
    )
    augmented_layers: int | None = setting(
        3,
        "Number of layers that take fast weights, the last ones, >= 1; the softmax "
        "layer counts. all, or more than there are: all of them; 1: the softmax layer "
        "of b alone, which leaves u without Q*.",
        none="all",
        minimum=1,
    )
    base_input: str = setting(
        "image",
        "Input of b: the image x, or the representation r, which implies dense layers "
        "(Eq. 12).",
        choices=("image", "representation"),
    )
    symmetric_head: bool = setting(
        False,
        "Treat all classes alike in b's softmax layer, so that any number of ways is "
        "answered as the trained one is; false, as in the paper: slow weights for each "
        "class, and fixed random ones for another number of ways.",
    )
    slow_weights: bool = setting(
        True,
        "Add the activation of the slow weights W, Q in layers with fast weights "
        "(section 3.3); false: fast weights W*, Q* alone.",
    )
    representation_loss: str = setting(
        "by_shots",
        "Loss of the support whose gradients make Q*. by_shots, as in the paper: "
        "cross_entropy (Eq. 2) at k = 1, contrastive (Eq. 6, 7), of pairs of examples, "
        "above; or one of these whatever k is.",
        choices=("by_shots", "cross_entropy", "contrastive"),
    )
    second_order: bool = setting(
        False, "Let the gradient of L_train flow through the support gradients."
    )
    sampled_support: int | None = setting(
        None,
        "Support examples that d reads (T), drawn at random, >= 1; all: n_way * "
        "k_shot. The draw depends on the images alone, not on their order.",
        kind=int,
        none="all",
        minimum=1,
    )
    generator_units: int = setting(
        20, "Hidden units per layer of m (Z) and of d (G), >= 1.", minimum=1
    )
    zero_preserving_generators: bool = setting(
        True,
        "Subtract what m and d make of a gradient of zero, so that no gradient "
        "means no fast weight.",
    )
    generator_output_scale: float = setting(
        1.0,
        "Factor on the initial output weights of m and d, in (0, 1]; without "
        "--zero_preserving_generators training needs a small one, such as 0.02.",
        minimum=1e-6,
        maximum=1.0,
    )
    attention_sharpness: float = setting(
        1.0,
        "Factor on the cosine attention scores a_i before the softmax, > 0; "
        "the paper has 1.",
        minimum=1e-6,
    )
    temperature: float = setting(
        1.0,
        "Divisor of the logits outside training, > 0: above 1 the probabilities are "
        "less sure. bin/publish chooses it on validation classes.",
        minimum=1e-6,
        may_change=True,
    )
    tta_views: int = setting(
        1,
        "Test-time augmentation: outside training, r is the mean over this many views, "
        "the image and copies of it moved by a pixel, of which there are 4, and 4 "
        "diagonal ones; 1: the image alone, in [1, 9].",
        minimum=1,
        maximum=MAX_TTA_VIEWS,
        may_change=True,
    )
    mirrored_views: bool = setting(
        False,
        "Follow every view of test-time augmentation by its mirror image, for "
        "photographs: with --tta_views=2, the image and its mirror image.",
        may_change=True,
    )
    mixed_precision: bool = setting(
        False,
        "Train u and b in bfloat16 where that is faster: on a GPU, and on processors "
        "with Intel AMX. theta, m, d, attention and losses are in float32, and so is "
        "what the trained model answers with.",
        may_change=True,
    )
    jit: bool = setting(
        False,
        "Compile training with XLA: a step, all its episodes at once, and on one "
        "device their drawing too. Good on a GPU. It needs fixed shapes, so m and d "
        "look at coordinates without a gradient too.",
        may_change=True,
    )


@dataclasses.dataclass(frozen=True)
class TrainingConfig(CheckedConfig):
    """Settings of the training of theta = {W, Q, Z, G}."""

    train_dir: str = setting(
        "runs/metanet", "Folder of the run.", path=True, may_change=True
    )
    seed: int = setting(
        0,
        "Seed of the initial theta and of the training tasks, in [0, 2**63).",
        minimum=0,
        maximum=MAX_SEED,
    )
    weights_from: str = setting(
        "",
        "Model that a new run begins with: the name of one that ships, the folder of a "
        "published one, or that of a run, whose best is taken. Softmax layers for "
        "another number of ways are random all the same, and so is G if that model is "
        "metanet_minus. Empty: theta is random.",
        path=True,
        may_change=True,
    )
    meta_weights_from: str = setting(
        "",
        "Model, named as in --weights_from, whose Z and G a new run begins with; W and "
        "Q are random all the same. Empty: all of theta is random.",
        path=True,
        may_change=True,
    )
    steps: int = setting(1000, "Training steps, >= 1.", minimum=1, may_change=True)
    minutes: float | None = setting(
        None,
        "Stop after this many minutes of training, > 0, all continuations together, "
        "should --steps not be reached before; unlimited: only then.",
        kind=float,
        none="unlimited",
        minimum=1e-6,
        may_change=True,
    )
    episodes_per_step: int = setting(
        1, "Tasks whose gradients are averaged in one step, >= 1.", minimum=1
    )
    max_shots: int | None = setting(
        None,
        "Most support images per class of training tasks, >= --k_shot: tasks of the "
        "first step have --k_shot, those of the next one more, and so on, then "
        "--k_shot again; k_shot: all have as many.",
        kind=int,
        none="k_shot",
        minimum=1,
    )
    steps_per_call: int = setting(
        1,
        "Steps made in one call of TensorFlow, as long as nothing else is due, >= 1. "
        "More keep a GPU busy; signals and --minutes are looked at between calls.",
        minimum=1,
        may_change=True,
    )
    learning_rate: float = setting(
        1e-3, "Adam's initial learning rate for theta, > 0.", minimum=1e-12
    )
    learning_rate_schedule: str = setting(
        "constant",
        "constant; or cosine: to zero over --steps, which then may not change, or over "
        "--minutes if they end before.",
        choices=("constant", "cosine"),
    )
    clip_norm: float = setting(
        10.0,
        "Largest global norm of the gradient of L_train by theta, > 0.",
        minimum=1e-12,
    )
    averaged_weights: float = setting(
        0.0,
        "Validate, test and keep a running average of theta with this decay per step, "
        "such as 0.999, in [0, 1); 0: theta itself.",
        minimum=0.0,
        maximum=0.999999,
    )
    attention_loss_weight: float = setting(
        0.0,
        "Weight of an auxiliary cross-entropy of the attention weights, >= 0; "
        "the paper has none.",
        minimum=0.0,
    )
    skip_nonfinite: bool = setting(
        False,
        "Leave out updates whose loss or gradient is not finite, and count them in "
        "TensorBoard, instead of ending the training.",
        may_change=True,
    )
    class_loss_weight: float = setting(
        0.0,
        "Weight of an auxiliary loss that names the class of every image of a training "
        "task among all training classes, which teaches u faster, >= 0; the paper has "
        "none.",
        minimum=0.0,
    )
    attention_margin: float = setting(
        0.0,
        "Margin of the attention loss: the log odds of the right class are lowered by "
        "this, so that it is not enough to be just right, >= 0.",
        minimum=0.0,
    )
    strategy: str = setting(
        "one_device",
        "one_device; mirrored: a share of the episodes of a step on each device of "
        "this machine; or multi_worker: on each device of all the machines that "
        "TF_CONFIG or srun name, where the same command is started.",
        choices=("one_device", "mirrored", "multi_worker"),
        may_change=True,
    )
    validate_every: int = setting(
        500, "Steps between validations, >= 1.", minimum=1, may_change=True
    )
    evaluation_ways: int | None = setting(
        None,
        "Classes per task of validation and test, >= 2; as_trained: --n_way.",
        kind=int,
        none="as_trained",
        minimum=2,
        may_change=True,
    )
    evaluation_queries: int | None = setting(
        None,
        "Query images per class in validation and test, >= 1; as_trained: "
        "--queries_per_class.",
        kind=int,
        none="as_trained",
        minimum=1,
        may_change=True,
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
    snapshot_every: int | None = setting(
        None,
        "Steps between models that are kept for good in snapshots/, >= 1; never: none "
        "is.",
        kind=int,
        none="never",
        minimum=1,
        may_change=True,
    )
    summary_every: int = setting(
        50, "Steps between TensorBoard scalars, >= 1.", minimum=1, may_change=True
    )


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
