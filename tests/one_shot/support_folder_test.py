import pytest

from metanet_tf.errors import InputError
from metanet_tf.one_shot.support_folder import read_support_folder


@pytest.fixture
def touch(tmp_path):
    """Function: makes files below the test's folder and returns the folder."""

    def touch(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return touch


def test_a_class_is_a_folder_or_a_file(touch):
    folder = touch("b/1.png", "b/0.JPG", "c.webp", "a.bmp")
    paths, names = read_support_folder(folder)
    assert names == ["a", "b", "b", "c"]
    files = [path.relative_to(folder).as_posix() for path in paths]
    assert files == ["a.bmp", "b/0.JPG", "b/1.png", "c.webp"]


def test_what_systems_leave_behind_does_not_count(touch):
    folder = touch("a.png", "b/0.png", ".DS_Store", "b/.hidden.png", "b/Thumbs.db")
    assert read_support_folder(str(folder))[1] == ["a", "b"]


def test_names_may_hold_dots(touch):
    assert read_support_folder(touch("v1.0/a.png", "v1.1.png"))[1] == ["v1.0", "v1.1"]


def test_home_folder_is_understood(touch, tmp_path, monkeypatch):
    touch("mine/a.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_support_folder("~/mine")[1] == ["a"]


def test_class_without_a_picture_is_named(touch):
    folder = touch("a.png", "b/.hidden")
    with pytest.raises(InputError, match=f"must have a picture.*{folder}/b .*Add"):
        read_support_folder(folder)


@pytest.mark.parametrize("file", ["notes.txt", "a/notes.txt", "a/deeper/0.png"])
def test_what_is_no_picture_is_named(touch, file):
    with pytest.raises(InputError, match=f"must be pictures.*{file.split('/0')[0]}"):
        read_support_folder(touch("a/0.png", "b.png", file))


@pytest.mark.parametrize("other", ["a.png", "a.jpg"])
def test_name_twice_is_named(touch, other):
    first = "a/0.png" if other == "a.png" else "a.png"
    with pytest.raises(InputError, match=f"a twice.*{other}|a twice.*/a"):
        read_support_folder(touch(first, other, "b.png"))


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=f"must lie in a folder.*{tmp_path}/missing"):
        read_support_folder(tmp_path / "missing")
