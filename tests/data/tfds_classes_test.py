import hashlib

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from metanet_tf.config import DataConfig
from metanet_tf.data import class_lists, load_dataset, tfds_classes, tfds_source
from metanet_tf.utils.errors import InputError

PART_OF = class_lists.read_parts(tfds_classes.CIFAR_FS_LIST)


@pytest.fixture
def store(tmp_path):
    """Function: writes a data set as TFDS does; pictures have their label's value."""

    def examples(labels, label_key, is_square):
        label_key = label_key.decode()
        for label in labels:
            side = 32 if is_square else 32 + label % 2
            picture = np.full([side, 32, 3], label, np.uint8)
            yield {"image": picture, label_key: label}

    def store(name, version, names, splits, label_key="label"):
        features = tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(None, None, 3)),
                label_key: tfds.features.ClassLabel(names=names),
            }
        )
        signature = {
            "image": tf.TensorSpec([None, None, 3], tf.uint8),
            label_key: tf.TensorSpec([], tf.int64),
        }
        is_square = name == "cifar100"
        data = {
            split: tf.data.Dataset.from_generator(
                examples,
                args=(labels, label_key, is_square),
                output_signature=signature,
            )
            for split, labels in splits.items()
        }
        tfds.dataset_builders.store_as_tfds_dataset(
            name, version, features=features, split_datasets=data, data_dir=tmp_path
        )

    return store


@pytest.fixture
def load(tmp_path):
    def load(dataset, **settings):
        fixed = {
            "data_dir": str(tmp_path),
            "cache_dir": str(tmp_path / "cache"),
            "image_size": 8,
            "channels": 3,
            "preparation": "photograph",
        }
        return load_dataset(DataConfig(dataset=dataset, **{**fixed, **settings}))

    return load


def _parts(dataset):
    return dataset.training, dataset.validation, dataset.test


def test_shipped_list_of_cifar_fs_is_the_published_one():
    text = "".join(f"{part} {name}\n" for name, part in PART_OF.items())
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == (
        "8709981b6e3b869e886508755df27202721267ffa2b97710936fe707b900035f"
    )
    parts = list(PART_OF.values())
    assert [parts.count(p) for p in ("training", "validation", "test")] == [64, 16, 20]


def test_cifar_fs_joins_the_splits_of_cifar_100(store, load):
    names = sorted(PART_OF)
    store("cifar100", "3.0.2", names, {"train": [*range(100)], "test": [*range(100)]})
    dataset = load("cifar_fs")
    assert [part.num_classes for part in _parts(dataset)] == [64, 16, 20]
    for part in _parts(dataset):
        assert (part.class_sizes == 2).all()
        for index, name in enumerate(part.class_names):
            image = part.images[2 * index]
            assert (image == names.index(name)).all()
    for name in dataset.test.class_names:
        assert PART_OF[name] == "test"


def test_cifar_fs_is_of_photographs(load):
    with pytest.raises(InputError, match="for cifar_fs.*--image_size=32"):
        load("cifar_fs", preparation="none", channels=1)


@pytest.fixture
def ten(store):
    names = list("abcdefghij")
    splits = {"train": [*range(10)], "test": [*range(10)]}
    store("my_pictures", "0.1.0", names, splits)
    return names


def test_any_data_set_is_divided_by_seed(ten, load):
    dataset = load("tfds:my_pictures")
    found = [part.class_names for part in _parts(dataset)]
    assert list(map(len, found)) == [6, 2, 2]
    assert sorted(sum(found, ())) == ten
    assert (dataset.test.class_sizes == 2).all()
    other = load("tfds:my_pictures", split_seed=1)
    assert other.test.class_names != dataset.test.class_names


def test_images_may_stay_in_a_file(ten, load, monkeypatch):
    in_memory = load("tfds:my_pictures", split_seed=2)
    for _ in range(2):  # Made, and found.
        mapped = load("tfds:my_pictures", split_seed=2, memory_map=True)
        for one, other in zip(_parts(mapped), _parts(in_memory), strict=True):
            assert one.is_mapped and one.class_names == other.class_names
            np.testing.assert_array_equal(one.images[one.places], other.images)
        monkeypatch.setattr(tfds_source, "TfdsSource", None)


def test_cache_is_used(ten, load, monkeypatch):
    first = load("tfds:my_pictures")
    monkeypatch.setattr(tfds_source, "TfdsSource", None)
    np.testing.assert_array_equal(
        load("tfds:my_pictures").test.images, first.test.images
    )


def test_drawings_may_be_read_too(ten, load):
    dataset = load("tfds:my_pictures", preparation="none", channels=1)
    assert dataset.test.images.shape[1:] == (8, 8, 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tfds:no_such_set", "TensorFlow Datasets has.*Received: no_such_set"),
        ("tfds:", "such as tfds:stanford_dogs. Received: tfds:"),
        ("glyphs:x", "must be one of.*tfds:NAME. Received: glyphs:x"),
    ],
)
def test_names_of_nothing_are_refused(load, name, message):
    with pytest.raises(InputError, match=message):
        load(name)


def test_data_set_without_labels_is_refused(store, load):
    store("my_pictures", "0.1.0", ["a", "b"], {"train": [0, 1]}, label_key="kind")
    with pytest.raises(
        InputError, match="`label`. Received: tfds:my_pictures, which has"
    ):
        load("tfds:my_pictures")
