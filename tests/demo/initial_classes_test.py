import pytest

from metanet_tf.demo.initial_classes import InitialClasses, read_initial_classes
from metanet_tf.utils.errors import InputError


@pytest.fixture
def folder(tmp_path, picture):
    for seed, file in enumerate(["hub.png", "axle/0.png", "axle/1.png"]):
        path = tmp_path / "classes" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(seed))
    return tmp_path / "classes"


def test_page_is_told_of_every_picture(folder):
    initial = read_initial_classes(str(folder))
    assert initial.describe()["classes"] == [
        {"name": "axle", "examples": ["initial_classes/0", "initial_classes/1"]},
        {"name": "hub", "examples": ["initial_classes/2"]},
    ]
    assert initial.paths[2] == folder / "hub.png"


def test_other_pictures_or_names_are_other_classes(folder, picture):
    before = read_initial_classes(str(folder)).describe()["id"]
    assert read_initial_classes(str(folder)).describe()["id"] == before
    (folder / "hub.png").write_bytes(picture(9))
    changed = read_initial_classes(str(folder)).describe()["id"]
    (folder / "hub.png").rename(folder / "rim.png")
    assert (
        len({before, changed, read_initial_classes(str(folder)).describe()["id"]}) == 3
    )


def test_without_a_folder_there_are_no_classes():
    assert read_initial_classes("") == InitialClasses()
    assert read_initial_classes("").describe() == {"id": None, "classes": []}


def test_page_has_room_for_ten_classes(folder, picture):
    for seed in range(10, 19):
        (folder / f"{seed}.png").write_bytes(picture(seed))
    with pytest.raises(InputError, match="2 to 10 classes.*11 classes of up to 2"):
        read_initial_classes(str(folder))


def test_page_has_room_for_five_examples(folder, picture):
    for seed in range(10, 14):
        (folder / "axle" / f"{seed}.png").write_bytes(picture(seed))
    with pytest.raises(InputError, match="up to 5 pictures.*2 classes of up to 6"):
        read_initial_classes(str(folder))
