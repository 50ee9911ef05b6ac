import numpy as np
import pytest

from metanet_tf.config import DataConfig
from metanet_tf.data import omniglot, tfds_source
from metanet_tf.data.omniglot import previous_test_classes
from metanet_tf.utils.errors import InputError


@pytest.fixture(scope="module")
def config(omniglot_data_dir, tmp_path_factory):
    """A config whose cache is filled."""
    cache_dir = str(tmp_path_factory.mktemp("cache"))
    config = DataConfig(
        dataset="omniglot", data_dir=omniglot_data_dir, cache_dir=cache_dir
    )
    omniglot.load(config)
    return config


def _with(config, **changes):
    return DataConfig(**{**vars(config), **changes})


def _names(dataset):
    return [
        *dataset.training.class_names,
        *dataset.validation.class_names,
        *dataset.test.class_names,
    ]


def test_the_shipped_list_names_423_characters_of_all_alphabets():
    names = previous_test_classes()
    assert len({*names}) == len(names) == 423
    assert len({name.rpartition("_")[0] for name in names}) == 50


def test_the_shipped_list_is_what_its_recipe_gives(config):
    names = sorted(_names(omniglot.load(config)))
    drawn = np.random.default_rng(0).permutation(names)[:423]
    assert sorted(drawn) == previous_test_classes()


@pytest.mark.parametrize(
    "class_split, pool, test", [("previous", 1200, 423), ("standard", 964, 659)]
)
def test_splits_have_their_sizes_and_share_no_class(config, class_split, pool, test):
    dataset = omniglot.load(_with(config, class_split=class_split))
    assert dataset.training.num_classes == pool - 100
    assert dataset.validation.num_classes == 100
    assert dataset.test.num_classes == test
    assert len({*_names(dataset)}) == 1623


def test_standard_split_divides_alphabets(config):
    dataset = omniglot.load(_with(config, class_split="standard"))
    background = {name.rpartition("_")[0] for name in dataset.training.class_names}
    evaluation = {name.rpartition("_")[0] for name in dataset.test.class_names}
    assert len(background) == 30 and len(evaluation) == 20
    assert not background & evaluation


def test_every_character_has_20_different_drawings(config):
    test = omniglot.load(config).test
    assert (test.class_sizes == 20).all()
    for character in test.images.reshape(test.num_classes, 20, -1):
        assert len({drawing.tobytes() for drawing in character}) == 20


def test_ink_is_bright_and_rare(config):
    images = omniglot.load(config).test.images
    assert images.shape[1:] == (28, 28, 1) and images.max() == 255
    assert 0.05 < images.mean() / 255 < 0.15


def test_drawings_lie_with_their_character(config):
    """Drawings of one character differ less than drawings of all characters."""
    test = omniglot.load(config).test
    pixels = test.images.reshape(test.num_classes, 20, -1) / 255
    assert pixels.var(axis=1).mean() < 0.88 * pixels.var(axis=(0, 1)).mean()


def test_a_filled_cache_loads_without_tfds(config, monkeypatch):
    def refuse(*_):
        raise AssertionError("TFDS was asked")

    monkeypatch.setattr(tfds_source, "TfdsSource", refuse)
    omniglot.load(config)


def test_another_data_dir_does_not_use_the_cache(config, tmp_path, monkeypatch):
    monkeypatch.setattr(tfds_source, "_is_reachable", lambda url: False)
    with pytest.raises(InputError, match="no data in"):
        omniglot.load(_with(config, data_dir=str(tmp_path)))


def test_too_many_validation_classes_are_refused(config):
    with pytest.raises(InputError, match="at most 1198.*1200.*--validation_classes"):
        omniglot.load(_with(config, validation_classes=1199))
