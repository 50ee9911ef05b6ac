import hashlib
import os
import pathlib
import pickle

import numpy as np
import pytest
from PIL import Image

from metanet_tf.config import DataConfig
from metanet_tf.data import class_lists, load_dataset, mini_imagenet
from metanet_tf.data.plain_pickles import read_pickle
from metanet_tf.utils.errors import InputError

PART_OF = class_lists.read_parts(mini_imagenet.CLASS_LIST)
SIZES = {"training": 64, "validation": 16, "test": 20}


@pytest.fixture
def load(tmp_path):
    """Function: loads the folder `data` of the test, images of 8 x 8."""

    def load(data_dir=tmp_path / "data", **settings):
        fixed = {
            "dataset": "mini_imagenet",
            "data_dir": str(data_dir),
            "cache_dir": str(tmp_path / "cache"),
            "image_size": 8,
            "channels": 3,
            "preparation": "photograph",
        }
        return load_dataset(DataConfig(**{**fixed, **settings}))

    return load


@pytest.fixture
def top(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def _pixels(name, index=0):
    """A picture of one colour, which tells its class and its number."""
    number = list(PART_OF).index(name)
    return np.full([8, 8, 3], [number, 2 * number, index], np.uint8)


def _write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def _parts(dataset):
    return {part: getattr(dataset, part) for part in SIZES}


def _check(dataset, images_per_class):
    """Checks that every class is in its part with its own images."""
    for part, classes in _parts(dataset).items():
        assert classes.class_names == tuple(n for n, p in PART_OF.items() if p == part)
        assert (classes.class_sizes == images_per_class).all()
        images = classes.images[classes.places]
        images = images.reshape(classes.num_classes, images_per_class, 8, 8, 3)
        for name, own in zip(classes.class_names, images, strict=True):
            expected = [_pixels(name, index) for index in range(images_per_class)]
            np.testing.assert_array_equal(own, expected)


def test_shipped_list_is_the_published_one():
    """The digest is of the names, sorted by part, as in the published tables."""
    counts = {part: list(PART_OF.values()).count(part) for part in SIZES}
    assert counts == SIZES
    text = "".join(f"{part} {name}\n" for name, part in PART_OF.items())
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == (
        "858a3422bf5623947ab90011c44b1a631d5c8176194477082b09b389532e64f1"
    )


def test_class_may_be_spread_over_folders(top, load):
    for name in PART_OF:
        _write(top / "train" / name / "a.png", _pixels(name, 0))
        _write(top / "val" / name / "b.png", _pixels(name, 1))
    _check(load(), 2)
    _check(load(), 2)  # From the cache.


def test_folders_of_classes_alone_are_read(top, load):
    for name in PART_OF:
        for index in range(2):
            _write(top / "images" / name / f"{index}.png", _pixels(name, index))
    _check(load(), 2)


def test_missing_classes_are_named(top, load):
    names = list(PART_OF)
    for name in names[:-2]:
        for index in range(2):
            _write(top / name / f"{index}.png", _pixels(name, index))
    with pytest.raises(InputError, match=f"without 2: {names[-2]}, {names[-1]}. Add"):
        load()


@pytest.fixture
def tables(top):
    """Writes the pictures in one folder, and three tables."""
    lines = {part: ["filename,label"] for part in SIZES}
    for name, part in PART_OF.items():
        for index in range(2):
            _write(top / "images" / f"{name}{index:08}.png", _pixels(name, index))
            lines[part].append(f"{name}{index:08}.png,{name}")
    for part, word in zip(SIZES, ("train", "val", "test"), strict=True):
        (top / f"{word}.csv").write_text("\n".join(lines[part]) + "\n")
    return top


def test_tables_beside_pictures_are_read(tables, load):
    _check(load(), 2)


def test_picture_that_a_table_names_must_be_there(tables, load):
    name = list(PART_OF)[0]
    (tables / "images" / f"{name}00000001.png").unlink()
    with pytest.raises(InputError, match=f"without 1, {name}00000001.png among"):
        load()


def test_table_of_other_columns_is_refused(tables, load):
    (tables / "val.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="must have the columns filename and label"):
        load()


def _names(part):
    return [name for name, own in PART_OF.items() if own == part]


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_pickles_with_class_dict_are_read(top, load, protocol):
    for part, word in zip(SIZES, ("train", "val", "test"), strict=True):
        names = _names(part)
        data = [_pixels(name, index) for name in names for index in range(2)]
        places = {name: [2 * i, 2 * i + 1] for i, name in enumerate(names)}
        content = {"image_data": np.array(data), "class_dict": places}
        path = top / f"mini-imagenet-cache-{word}.pkl"
        path.write_bytes(pickle.dumps(content, protocol))
    _check(load(), 2)
    _check(load(), 2)  # From the cache.
    mapped = load(memory_map=True)
    assert mapped.training.is_mapped
    _check(mapped, 2)


def test_pickles_with_labels_are_read(top, load):
    files = {"train_phase_train": 0, "val": 1, "test": 2, "train_phase_test": 3}
    for file, number in files.items():
        labels = [10, 11, 10, 11]
        data = (
            np.full([4, 8, 8, 3], 50 * number, np.uint8)
            + np.uint8(labels)[:, np.newaxis, np.newaxis, np.newaxis]
        )
        path = top / f"miniImageNet_category_split_{file}.pickle"
        path.write_bytes(pickle.dumps({"data": data, "labels": labels}, protocol=2))
    for number, (part, classes) in enumerate(_parts(load()).items()):
        assert classes.class_names == (f"{part}_10", f"{part}_11")
        means = classes.images.mean(axis=(1, 2, 3)) - 50 * number
        assert means.tolist() == [10, 10, 11, 11]


def test_pickle_of_something_else_is_refused(top, load):
    (top / "train.pkl").write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(InputError, match="must hold image_data and class_dict"):
        load()


class _Harmful:
    def __init__(self, function, *arguments):
        self._call = function, arguments

    def __reduce__(self):
        return self._call


@pytest.mark.parametrize(
    ("harmful", "named"),
    [
        (_Harmful(os.system, "touch touched"), "posix.system"),
        (_Harmful(eval, "1"), "builtins.eval"),
        (_Harmful(np.load, "x"), "numpy.load"),
        (pathlib.PurePosixPath("x"), "pathlib"),
    ],
)
def test_nothing_in_a_pickle_is_executed(tmp_path, monkeypatch, harmful, named):
    monkeypatch.chdir(tmp_path)
    for content in (harmful, {"data": np.array([harmful], object)}):
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
        with pytest.raises(InputError, match=f"alone.*asks for {named}"):
            read_pickle(tmp_path / "a.pkl")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_plain_pickle_is_read(tmp_path, protocol):
    content = {"a": [1, 2.5, "x", b"y"], "b": np.arange(6).reshape(2, 3)}
    content["c"] = np.float32(3)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content, protocol))
    read = read_pickle(tmp_path / "a.pkl")
    assert read["a"] == content["a"] and read["c"] == 3
    np.testing.assert_array_equal(read["b"], content["b"])


def test_damaged_pickle_is_refused(tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(list(range(1000)))[:50])
    with pytest.raises(InputError, match="must hold arrays, lists.*a.pkl"):
        read_pickle(tmp_path / "a.pkl")


@pytest.mark.parametrize("place", ["data", "nowhere", ""])
def test_missing_data_say_what_to_put_where(top, load, place):
    with pytest.raises(InputError, match=r"must hold Mini-ImageNet.*n01532829/.*\.csv"):
        load(place and top.parent / place)


def test_drawings_are_refused(top, load):
    with pytest.raises(InputError, match="--preparation=photograph --channels=3"):
        load(preparation="none", channels=1)


def test_real_photographs_are_read(tmp_path):
    """600 of each class, 84 x 84 in colour, where METANET_MINI_IMAGENET says so."""
    data_dir = os.environ.get("METANET_MINI_IMAGENET")
    if not data_dir:
        pytest.skip("Set METANET_MINI_IMAGENET to a folder of Mini-ImageNet.")
    dataset = load_dataset(
        DataConfig(
            dataset="mini_imagenet",
            data_dir=data_dir,
            image_size=84,
            channels=3,
            preparation="photograph",
        )
    )
    for part, classes in _parts(dataset).items():
        assert classes.images.shape == (600 * SIZES[part], 84, 84, 3)
        assert 80 < classes.images.mean() < 140
