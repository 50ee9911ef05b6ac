import numpy as np
import pytest

from metanet_tf.config import DataConfig, EpisodeConfig
from metanet_tf.data import load_dataset, mnist, tfds_source
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.data.mnist import IMAGES_PER_CLASS, PERMUTATIONS
from metanet_tf.utils.errors import InputError

SIZE = 8  # Of drawn images, pixels.
PLACES = np.array([10_000, 100, 1])  # Of the digits of a number to base 100.


class DrawnSource:
    """Stands for TFDS: digits as `read_prepared` gives them.

    The ink's brightness tells digit and split: 10 * digit + 100, 1 more in the test
    split; the first three pixels hold the number of the image in its split.
    """

    def __init__(self, *_):
        pass

    def read_prepared(self, split, config, ink):
        assert ink == "light"
        per_digit = PERMUTATIONS * IMAGES_PER_CLASS + 10 if split == "train" else 20
        labels = np.tile(np.arange(10), per_digit)
        if split == "test":
            labels = labels[:-3]  # Digits 7, 8 and 9 are one short.
        brightness = 10 * labels + 100 + (split == "test")
        images = np.zeros(
            [len(labels), config.image_size, config.image_size, 1], np.uint8
        )
        images[:, 2:6, 2:6] = brightness[:, None, None, None]
        images[:, 0, :3, 0] = np.arange(len(labels))[:, None] // PLACES % 100
        return images, labels


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    config = DataConfig(
        dataset="mnist",
        cache_dir=str(tmp_path_factory.mktemp("drawn")),
        image_size=SIZE,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds_source, "TfdsSource", DrawnSource)
        return mnist.load(config)


def _by_class(classes):
    """uint8 [num_classes, images, pixels] of equally large classes."""
    return classes.images.reshape(classes.num_classes, classes.class_sizes[0], -1)


def _permuted(dataset):
    """uint8 [PERMUTATIONS, digits, images, pixels]."""
    pixels = np.concatenate(
        [_by_class(dataset.training), _by_class(dataset.validation)]
    )
    return pixels.reshape(PERMUTATIONS, 10, IMAGES_PER_CLASS, -1)


def test_there_are_ten_classes_of_each_permutation(drawn):
    assert drawn.training.num_classes == 400 and drawn.validation.num_classes == 100
    names = [*drawn.training.class_names, *drawn.validation.class_names]
    expected = {f"{d}_permuted_{p}" for p in range(50) for d in range(10)}
    assert len(names) == 500 and {*names} == expected


def test_training_and_validation_share_no_permutation(drawn):
    training, validation = (
        {name.rpartition("_")[2] for name in classes.class_names}
        for classes in (drawn.training, drawn.validation)
    )
    assert len(training) == 40 and len(validation) == 10
    assert not training & validation


def test_classes_of_a_permutation_follow_the_digits(drawn):
    digits = (_permuted(drawn).max(axis=-1) - 100) // 10
    assert (digits == np.arange(10)[:, np.newaxis]).all()
    names = drawn.training.class_names + drawn.validation.class_names
    assert [name.partition("_")[0] for name in names] == [*"0123456789"] * 50


def test_an_image_is_in_one_class_only(drawn):
    """Undoes each permutation, which moves the number of the image back."""
    numbers = []
    for permutation, pixels in zip(
        mnist._permutations(SIZE**2), _permuted(drawn), strict=True
    ):
        upright = pixels[..., np.argsort(permutation)].astype(int)
        numbers += [*(upright[..., :3] @ PLACES).ravel()]
    assert len({*numbers}) == len(numbers) == 500 * IMAGES_PER_CLASS


def test_one_permutation_serves_all_digits_and_others_differ(drawn):
    inked = (_permuted(drawn) >= 100).mean(axis=2) == 1  # In every image of a class.
    assert inked.sum(axis=-1).min() == inked.sum(axis=-1).max() == 16
    assert (inked == inked[:, :1]).all()
    assert len({pattern.tobytes() for pattern in inked[:, 0]}) == PERMUTATIONS


def test_permutations_are_the_same_in_every_run():
    first, *_, last = mnist._permutations(784)
    assert first[:4].tolist() == [318, 2, 606, 446]
    assert last[:4].tolist() == [478, 157, 748, 610]


def test_test_classes_are_the_digits_of_the_test_split_unpermuted(drawn):
    test = drawn.test
    assert test.class_names == tuple("0123456789")
    assert test.class_sizes.tolist() == [20] * 7 + [19] * 3
    ink = np.repeat(10 * np.arange(10) + 101, test.class_sizes)
    centre = test.images[:, 2:6, 2:6, 0]
    assert (centre == ink[:, np.newaxis, np.newaxis]).all()
    assert (test.images[:, 6:] == 0).all()  # Paper.


@pytest.mark.parametrize("validation_classes", [2, 105, 500])
def test_parts_of_permutations_are_not_held_out(validation_classes):
    config = DataConfig(dataset="mnist", validation_classes=validation_classes)
    message = f"multiple of 10, at most 490.*Received: {validation_classes}.*--valid"
    with pytest.raises(InputError, match=message):
        mnist.load(config)


def test_missing_data_without_a_network_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds_source, "_is_reachable", lambda url: False)
    config = DataConfig(
        dataset="mnist", data_dir=str(tmp_path / "data"), cache_dir=str(tmp_path)
    )
    with pytest.raises(InputError, match="must hold mnist.*cannot be.*--data_dir"):
        mnist.load(config)


@pytest.fixture(scope="module")
def config(mnist_data_dir, tmp_path_factory):
    """A config whose cache is filled."""
    cache_dir = str(tmp_path_factory.mktemp("cache"))
    config = DataConfig(dataset="mnist", data_dir=mnist_data_dir, cache_dir=cache_dir)
    mnist.load(config)
    return config


@pytest.fixture(scope="module")
def dataset(config):
    return load_dataset(config)


def test_the_test_split_has_its_10000_images(dataset):
    sizes = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert dataset.test.class_sizes.tolist() == sizes
    assert dataset.test.image_shape == dataset.training.image_shape == (28, 28, 1)


def test_ink_is_bright_and_rare(dataset):
    for classes in (dataset.training, dataset.validation, dataset.test):
        assert classes.images.min() == 0 and classes.images.max() >= 254
        assert 0.10 < classes.images.mean() / 255 < 0.16


def test_images_lie_with_their_digit(dataset):
    """A zero is empty in the middle, where a one is not."""
    middle = dataset.test.images[:, 13:15, 13:15].mean(axis=(1, 2, 3))
    zeros, ones = np.split(middle[: 980 + 1135], [980])
    assert zeros.mean() < 30 and ones.mean() > 200


def test_permuted_pixels_are_those_of_the_digits(dataset):
    """Class means, put back in order, match the test digits' means best."""
    means = _permuted(dataset).mean(axis=2)  # [permutation, digit, pixel]
    expected = np.stack(
        [
            dataset.test.subset(np.array([d])).images.mean(axis=0).ravel()
            for d in range(10)
        ]
    )
    for permutation, found in zip(mnist._permutations(784), means, strict=True):
        upright = found[:, np.argsort(permutation)]
        distances = ((upright[:, np.newaxis] - expected) ** 2).sum(axis=-1)
        assert distances.argmin(axis=1).tolist() == [*range(10)]


def test_classes_of_different_sizes_give_ten_way_tasks(dataset):
    size = EpisodeConfig(n_way=10, k_shot=1, queries_per_class=5)
    episode = next(iter(episode_dataset(dataset.test, size, seed=0)))
    assert episode.query_images.shape == (50, 28, 28, 1)
    assert sorted(episode.query_labels.numpy()) == sorted([*range(10)] * 5)


def test_a_filled_cache_loads_without_tfds(config, monkeypatch):
    def refuse(*_):
        raise AssertionError("TFDS was asked")

    monkeypatch.setattr(tfds_source, "TfdsSource", refuse)
    mnist.load(config)
