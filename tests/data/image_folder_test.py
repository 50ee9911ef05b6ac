import os

import numpy as np
import pytest
from PIL import Image

from metanet_tf.config import DataConfig
from metanet_tf.data import image_folder, load_dataset
from metanet_tf.data.pictures.folders import PassedOverWarning
from metanet_tf.utils.errors import InputError


@pytest.fixture
def picture():
    """Function: a picture that begins with the number of its class, of any size."""

    def picture(number, seed=0, size=(14, 12)):
        generator = np.random.default_rng([number, seed])
        pixels = generator.integers(0, 256, [*size, 3], np.uint8)
        return Image.fromarray(pixels)

    return picture


@pytest.fixture
def folder(tmp_path, picture):
    """Function: writes `pictures` pictures for each class and returns the folder."""

    def folder(classes, pictures=2, suffix="png"):
        for number, name in enumerate(classes):
            for index in range(pictures):
                path = tmp_path / "data" / name / f"{index}.{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                picture(number, index).save(path)
        return tmp_path / "data"

    return folder


@pytest.fixture
def load(tmp_path):
    """Function: loads a folder as photographs, with other settings by keyword."""

    def load(data_dir, **settings):
        fixed = {
            "dataset": "image_folder",
            "cache_dir": str(tmp_path / "cache"),
            "image_size": 8,
            "channels": 3,
            "preparation": "photograph",
        }
        return load_dataset(DataConfig(data_dir=str(data_dir), **{**fixed, **settings}))

    return load


NAMES = [f"class_{index:02}" for index in range(30)]


def _names(dataset):
    parts = (dataset.training, dataset.validation, dataset.test)
    return [list(part.class_names) for part in parts]


def test_thirty_classes_are_divided_by_seed(folder, load):
    data_dir = folder(NAMES)
    dataset = load(data_dir)
    training, validation, test = _names(dataset)
    assert (len(training), len(validation), len(test)) == (18, 6, 6)
    assert sorted(training + validation + test) == NAMES
    assert training == sorted(training)
    assert _names(load(data_dir)) == _names(dataset)
    assert _names(load(data_dir, split_seed=1)) != _names(dataset)


def test_numbers_of_classes_may_be_chosen(folder, load):
    data_dir = folder(NAMES)
    sizes = list(map(len, _names(load(data_dir, test_classes=9, validation_classes=3))))
    assert sizes == [18, 3, 9]


def test_images_lie_with_their_classes_in_colour(folder, load):
    data_dir = folder(NAMES[:6], pictures=3)
    test = load(data_dir).test
    assert test.images.shape == (2 * 3, 8, 8, 3)
    for index, name in enumerate(test.class_names):
        for place in range(3):
            pixels = np.asarray(Image.open(data_dir / name / f"{place}.png"), float)
            image = test.images[test.class_starts[index] + place]
            # The middle square of 14 x 12 has the same mean colour, nearly.
            mean = pixels[1:13].mean(axis=(0, 1))
            np.testing.assert_allclose(image.mean(axis=(0, 1)), mean, atol=12)


def test_drawings_become_ink_on_paper(folder, load):
    data_dir = folder(NAMES[:6])
    for name in NAMES[:6]:
        for index in range(2):
            drawing = Image.new("L", (20, 20), 255)
            drawing.paste(0, (8, 4, 11, 16))
            drawing.save(data_dir / name / f"{index}.png")
    test = load(data_dir, channels=1, preparation="none").test
    assert test.images.shape[1:] == (8, 8, 1)
    assert test.images[0, 4, 3, 0] > 128 and test.images[0, 0, 0, 0] == 0


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp", "gif", "tif", "ppm"])
def test_every_format_of_the_classifier_is_read(folder, load, suffix):
    assert load(folder(NAMES[:6], suffix=suffix)).test.images.any()


def test_sizes_may_differ(folder, load, picture):
    data_dir = folder(NAMES[:6])
    picture(0, size=(30, 50)).save(data_dir / NAMES[0] / "large.png")
    dataset = load(data_dir)
    parts = (dataset.training, dataset.validation, dataset.test)
    sizes = [size for part in parts for size in part.class_sizes]
    assert sorted(sizes) == [2, 2, 2, 2, 2, 3]


def test_groups_are_kept_together(folder, load):
    names = [f"{group}/{index}" for group in "abcdef" for index in range(4)]
    parts = _names(load(folder(names), split_by="group", image_size=8))
    groups = [{name[0] for name in part} for part in parts]
    assert set.union(*groups) == set("abcdef")
    assert sum(map(len, groups)) == 6
    assert parts[2][0].count("/") == 1


def test_groups_may_be_divided_by_class(folder, load):
    names = [f"{group}/{index}" for group in "ab" for index in range(15)]
    training, _, _ = _names(load(folder(names)))
    assert {name[0] for name in training} == set("ab")


@pytest.mark.parametrize(
    "words", [("train", "val", "test"), ("Training", "valid", "TEST")]
)
def test_folders_of_parts_are_the_parts(folder, load, words):
    train, validation, test = words
    names = [f"{train}/a", f"{train}/b", f"{validation}/c", f"{validation}/d"]
    dataset = load(folder([*names, f"{test}/e", f"{test}/f"]))
    assert _names(dataset) == [["a", "b"], ["c", "d"], ["e", "f"]]


PARTS = [f"{part}/{part}_{index}" for part in ("train", "test") for index in range(6)]


@pytest.mark.parametrize("inside", [None, "a.txt", ".thumbnails/a.png"])
def test_folder_without_pictures_beside_the_parts_is_none(folder, load, inside):
    expected = _names(load(folder(PARTS)))
    data_dir = folder(PARTS)
    (data_dir / "notes").mkdir()
    if inside:
        (data_dir / "notes" / inside).parent.mkdir(exist_ok=True)
        (data_dir / "notes" / inside).touch()
    assert _names(load(data_dir)) == expected


def test_class_beside_the_parts_is_refused(folder, load):
    with pytest.raises(InputError, match="Received: .*notes beside .*test. Move it"):
        load(folder([*PARTS, "notes"]))


def test_links_to_folders_are_folders(folder, load, tmp_path):
    data_dir = folder(NAMES[:6])
    expected = _names(load(data_dir))
    (data_dir / NAMES[2]).rename(tmp_path / "elsewhere")
    (data_dir / NAMES[2]).symlink_to(tmp_path / "elsewhere")
    (data_dir / "group").mkdir()
    (data_dir / "group" / "back").symlink_to(data_dir)
    assert _names(load(data_dir)) == expected


def test_validation_is_taken_from_training_where_it_has_no_folder(folder, load):
    names = [f"train/{index}" for index in range(6)]
    dataset = load(folder([*names, "test/e", "test/f"]))
    assert list(map(len, _names(dataset))) == [4, 2, 2]
    assert _names(dataset)[2] == ["e", "f"]


def test_class_named_train_among_others_is_a_class(folder, load):
    dataset = load(folder(["train", "test", *NAMES[:4]]))
    assert {"train", "test"} < set(sum(_names(dataset), []))


def test_class_in_two_parts_is_refused_and_joined_on_request(folder, load):
    names = [f"{part}/{index}" for part in ("train", "test") for index in range(6)]
    data_dir = folder(names)
    with pytest.raises(InputError, match="A class must be in one of.*Received: 0, in"):
        load(data_dir)
    dataset = load(data_dir, split_by="class")
    assert sorted(sum(_names(dataset), [])) == list("012345")
    assert (dataset.test.class_sizes == 4).all()


def test_parts_without_a_test_folder_are_refused(folder, load):
    with pytest.raises(InputError, match="must hold a folder test/ beside train/"):
        load(folder(["train/a", "train/b", "val/c", "val/d"]))


def test_groups_that_are_not_there_are_refused(folder, load):
    with pytest.raises(InputError, match="`split_by` can be group only"):
        load(folder(NAMES[:6]), split_by="group")


def test_too_few_groups_are_refused(folder, load):
    names = [f"{group}/{index}" for group in "ab" for index in range(4)]
    with pytest.raises(InputError, match="8 classes in 2 groups, divided into 0, 4, 4"):
        load(folder(names), split_by="group")


def test_unreadable_files_are_named_and_left_out_on_request(folder, load, caplog):
    data_dir = folder(NAMES[:6], pictures=3)
    (data_dir / NAMES[0] / "0.png").write_text("no picture")
    message = r"1 of the pictures cannot be read: .*0\.png is text.*--skip_unreadable"
    for _ in range(2):  # Read, and from the cache.
        with pytest.raises(InputError, match=message):
            load(data_dir)
    dataset = load(data_dir, skip_unreadable=True)
    parts = (dataset.training, dataset.validation, dataset.test)
    assert sum(len(part.images) for part in parts) == 6 * 3 - 1


def test_one_class_is_refused(folder, load):
    with pytest.raises(InputError, match="two classes or more.*Received: 1"):
        load(folder(NAMES[:1]))


def test_few_classes_are_refused(folder, load):
    message = "two each in training.*Received: 5 classes in 5 groups, divided into 1, 2"
    with pytest.raises(InputError, match=message):
        load(folder(NAMES[:5]))


def test_class_of_one_image_is_named(folder, load):
    data_dir = folder(NAMES[:6])
    (data_dir / NAMES[3] / "1.png").unlink()
    with pytest.raises(InputError, match="1 with less: class_03. Add pictures"):
        load(data_dir)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_folder_that_is_not_there_is_refused(load, name, tmp_path):
    with pytest.raises(InputError, match="`data_dir` must be a folder with a folder"):
        load(name and tmp_path / name)


def test_folder_without_pictures_is_refused(load, tmp_path):
    (tmp_path / "data" / "a").mkdir(parents=True)
    with pytest.raises(InputError, match="must hold a folder of pictures for each"):
        load(tmp_path / "data")


@pytest.mark.parametrize("place", ["stray.png", "a/stray.png"])
def test_picture_beside_folders_is_refused(folder, load, picture, place):
    data_dir = folder([f"a/{name}" for name in NAMES[:6]])
    picture(0).save(data_dir / place)
    with pytest.raises(InputError, match="Pictures must lie in the folder of their"):
        load(data_dir)


def test_other_files_are_passed_over(folder, load):
    data_dir = folder(NAMES[:6])
    (data_dir / NAMES[0] / "notes.txt").touch()
    (data_dir / ".DS_Store").touch()
    with pytest.warns(PassedOverWarning, match="2 things"):
        load(data_dir)


def test_cache_is_used_until_a_file_changes(folder, load, picture, monkeypatch):
    data_dir = folder(NAMES[:6])
    first = load(data_dir)
    with monkeypatch.context() as patch:
        patch.setattr(
            "metanet_tf.data.prepared_pictures.prepare_into", lambda *_: 1 / 0
        )
        np.testing.assert_array_equal(load(data_dir).test.images, first.test.images)
    changed = data_dir / first.test.class_names[0] / "0.png"
    size = changed.stat().st_size
    picture(99).save(changed)
    os.utime(changed, ns=(1, 1))
    assert changed.stat().st_size == size
    second = load(data_dir)
    assert (second.test.images[0] != first.test.images[0]).any()
    picture(99).save(data_dir / first.test.class_names[0] / "new.png")
    assert load(data_dir).test.class_sizes.tolist() == [3, 2]


def test_names_with_other_letters_are_kept(folder, load):
    names = ["été", "猫", "a b", "x'y", *NAMES[:4]]
    assert sorted(sum(_names(load(folder(names))), [])) == sorted(names)


def test_folders_are_found_sorted(folder):
    data_dir = folder(["b", "a/y", "a/x"])
    found = image_folder.find_class_folders(str(data_dir))
    assert [f.class_name for f in found] == ["a/x", "a/y", "b"]
