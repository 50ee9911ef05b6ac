"""Settings of the images that a run works on, and of its tasks."""

import dataclasses

from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import CheckedConfig, setting

MAX_SEED = 2**63 - 1
PREPARATIONS = ("none", "drawing", "photograph")


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
        28,
        "Height and width of an image (H, W), pixels, in [8, 512].",
        minimum=8,
        maximum=512,
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
