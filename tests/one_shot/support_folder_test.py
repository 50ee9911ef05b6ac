import pytest

from metanet_tf.data.pictures.folders import PassedOverWarning, find_pictures
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.utils.errors import InputError


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


JUNK = [
    *("__MACOSX/._a.png", "._a.png", "Icon\r", "@eaDir/a.png", ".thumbnails/a.png"),
    *("Thumbs.db", "desktop.ini", "~$x.png", ".ipynb_checkpoints/a.png", ".DS_Store"),
    *("b/._0.png", "b/Thumbs.db", "b/Icon\r", "b/@eaDir/0.png", "b/~$0.png"),
    *(
        "b/__MACOSX/._0.png",
        "b/.ipynb_checkpoints/0-checkpoint.png",
        "$RECYCLE.BIN/a.png",
    ),
]


@pytest.mark.parametrize("junk", [*([name] for name in JUNK), JUNK], ids=ascii)
def test_what_systems_leave_behind_is_passed_over(touch, junk):
    folder = touch("a.png", "b/0.png", *junk)
    message = rf": {len(junk)} things? .*left there by systems"
    with pytest.warns(PassedOverWarning, match=message) as w:
        paths, names = read_support_folder(str(folder))
    assert (names, len(paths), len(w)) == (["a", "b"], 2, 1)


def test_files_of_people_are_passed_over_by_name(touch):
    folder = touch("a.png", "b/0.png", "README.txt", "b/LICENSE", ".DS_Store")
    message = f"{folder}: 3 things that are no picture, README.txt, b/LICENSE among"
    with pytest.warns(PassedOverWarning, match=message) as w:
        assert read_support_folder(folder)[1] == ["a", "b"]
    assert len(w) == 1


def test_no_more_than_a_few_files_are_named(touch):
    folder = touch("a.png", "b.png", *(f"{i}.txt" for i in range(9)))
    with pytest.warns(PassedOverWarning, match=r"9 things.*3.txt, 4.txt, \.\.\. among"):
        read_support_folder(folder)


def test_folder_of_pictures_alone_is_no_cause_for_a_warning(touch, recwarn):
    read_support_folder(touch("a.png", "b/0.png"))
    assert not recwarn.list


NFC, NFD = "caf\xe9", "cafe\u0301"


@pytest.mark.parametrize(
    "files",
    [
        (f"{NFC}/0.png", f"{NFD}/1.png"),
        (f"{NFC}.png", f"{NFD}.png"),
        (f"{NFC}.png", f"{NFD}/0.png"),
        (f"{NFD}/0.png", f"{NFD}/1.png"),
    ],
)
def test_names_that_look_the_same_are_one_class(touch, files):
    paths, names = read_support_folder(touch("b.png", *files))
    assert names == ["b", NFC, NFC] and len({*paths}) == 3


@pytest.mark.parametrize(
    "name", ["two\nlines", "b\udcff", "star*", "a b", "\U0001f600"]
)
def test_every_name_of_a_folder_is_a_class(touch, name):
    assert read_support_folder(touch("a.png", f"{name}/0.png"))[1] == ["a", name]


def test_names_may_hold_dots(touch):
    assert read_support_folder(touch("v1.0/a.png", "v1.1.png"))[1] == ["v1.0", "v1.1"]


def test_home_folder_is_understood(touch, tmp_path, monkeypatch):
    touch("mine/a.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_support_folder("~/mine")[1] == ["a"]


def test_class_without_a_picture_is_named(touch):
    folder = touch("a.png", "b/notes.txt")
    with pytest.raises(InputError, match=f"must have a picture.*{folder}/b .*Add"):
        read_support_folder(folder)


def test_folder_within_a_class_is_named(touch):
    with pytest.raises(InputError, match="must lie in one folder.*a/deeper, a folder"):
        read_support_folder(touch("a/0.png", "b.png", "a/deeper/0.png"))


def test_pictures_are_found_in_folders_of_folders(touch):
    names = ["b.png", "a/0.JPG", "a/deeper/1.tif"]
    folder = touch(*names, "a/notes.txt", "__MACOSX/x.png", "a/@eaDir/y.png", ".c.png")
    with pytest.warns(PassedOverWarning, match="4 things.*picture, a/notes.txt among"):
        found = find_pictures(folder)
    assert {path.relative_to(folder).as_posix() for path in found} == set(names)


@pytest.mark.parametrize("other", ["a.png", "a.jpg"])
def test_name_twice_is_named(touch, other):
    first = "a/0.png" if other == "a.png" else "a.png"
    with pytest.raises(InputError, match=f"a twice.*{other}|a twice.*/a"):
        read_support_folder(touch(first, other, "b.png"))


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=f"must lie in a folder.*{tmp_path}/missing"):
        read_support_folder(tmp_path / "missing")
