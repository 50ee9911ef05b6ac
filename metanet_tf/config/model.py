"""Settings of MetaNet."""

import dataclasses

from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import CheckedConfig, setting

# An image and those moved to its 8 neighbours; 5 crops and their mirror images.
MAX_TTA_VIEWS = {"moved": 9, "cropped": 10}
_MAX_FILTERS = 4096  # A kernel of them has half a gigabyte.


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
        "width, in [1, 16].",
        minimum=1,
        maximum=16,
    )
    filters: int = setting(
        64,
        "Filters of the first convolution, in [1, 4096].",
        minimum=1,
        maximum=_MAX_FILTERS,
    )
    max_filters: int | None = setting(
        None,
        "Every further convolution has twice the filters of the one below, up to this "
        "many, in [1, 4096]; as_first: all have --filters.",
        kind=int,
        none="as_first",
        none_formerly="0",
        minimum=1,
        maximum=_MAX_FILTERS,
    )
    hidden_units: int = setting(
        64,
        "Units per dense layer, in [1, 16384]; the size of r without "
        "--skip_connection.",
        minimum=1,
        maximum=16384,
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
    skip_connection: bool = setting(
        False,
        "Let r hold the inputs of u's last layer too, beside its outputs, both of "
        "length one; what the layer overfits to the training classes then counts half.",
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
        20,
        "Hidden units per layer of m (Z) and of d (G), in [1, 4096].",
        minimum=1,
        maximum=4096,
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
        "of which the image is the first; in [1, 9] if moved, [1, 10] if cropped.",
        minimum=1,
        maximum=max(MAX_TTA_VIEWS.values()),
        may_change=True,
    )
    tta_kind: str = setting(
        "moved",
        "Further views of test-time augmentation. moved: by a pixel, 4 places and 4 "
        "diagonal ones; cropped, for photographs: the mirror image, then the four "
        "corners, enlarged, each followed by its mirror image.",
        choices=tuple(MAX_TTA_VIEWS),
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

    def __post_init__(self) -> None:
        super().__post_init__()
        most = MAX_TTA_VIEWS[self.tta_kind]
        if self.tta_views > most:
            raise InputError(
                f"`tta_views` must be at most {most} where `tta_kind` is "
                f"{self.tta_kind}. Received: {self.tta_views}. Change --tta_views."
            )
