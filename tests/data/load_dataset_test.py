import numpy as np
import pytest

from metanet_tf.config import DataConfig
from metanet_tf.data import LOADERS, check_source, load_dataset, load_for_training
from metanet_tf.utils.errors import InputError


def test_the_default_data_set_needs_no_file():
    assert load_dataset(DataConfig(validation_classes=7)).validation.num_classes == 7


@pytest.mark.parametrize(
    ("settings", "factor"),
    [
        ({"rotations": True}, 4),
        ({"reflections": True}, 2),
        ({"rotations": True, "reflections": True}, 8),
    ],
)
def test_training_classes_alone_are_rotated_and_mirrored(settings, factor):
    plain, more = load_dataset(DataConfig()), load_for_training(DataConfig(**settings))
    assert more.training.num_classes == factor * plain.training.num_classes
    images = more.training.images
    assert len(np.unique(images[:: 20 * 900], axis=0)) == factor
    assert more.validation.class_names == plain.validation.class_names
    assert more.test.class_names == plain.test.class_names


def test_an_unknown_data_set_is_refused_with_the_known_ones():
    message = "`dataset` must be one of cifar_fs, glyphs, .*Received: imagenet"
    with pytest.raises(InputError, match=message):
        load_dataset(DataConfig(dataset="imagenet"))


@pytest.mark.parametrize("name", LOADERS)
def test_the_flags_help_names_every_data_set(name):
    help_text = DataConfig.__dataclass_fields__["dataset"].metadata["help"]
    assert name in help_text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "omniglott"}, "Did you mean omniglot[?] Change --dataset"),
        ({"dataset": "image_folder"}, "`data_dir` must be a folder.*nothing"),
        (
            {"dataset": "mini_imagenet", "data_dir": "no"},
            "`data_dir` must.*Received: no,",
        ),
    ],
)
def test_source_that_is_not_there_is_known_before_anything_is_read(settings, message):
    with pytest.raises(InputError, match=message):
        check_source(DataConfig(**settings))
