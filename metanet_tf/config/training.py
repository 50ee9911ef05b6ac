"""Settings of the training."""

import dataclasses

from metanet_tf.config.data import MAX_SEED
from metanet_tf.utils.flag_settings import CheckedConfig, setting


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
