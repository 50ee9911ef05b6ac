import pytest

from metanet_tf.utils.version_folders import newest_version, next_version


@pytest.fixture
def add_version(tmp_path):
    def add(name):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()

    return add


def test_largest_number_is_the_newest(tmp_path, add_version):
    for name in ("2", "10", "9", "backup", "11.part"):
        add_version(name)
    (tmp_path / "12").mkdir()  # Not yet written.
    assert newest_version(str(tmp_path)) == (10, tmp_path / "10")


def test_saved_model_is_version_1(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    assert newest_version(str(tmp_path)) == (1, tmp_path)


@pytest.mark.parametrize("name", ["", "missing"])
def test_folder_without_a_model_has_no_version(tmp_path, name):
    assert newest_version(str(tmp_path / name)) is None


@pytest.mark.parametrize("name", ["", "missing"])
def test_first_version_is_1(tmp_path, name):
    assert next_version(tmp_path / name) == tmp_path / name / "1"


def test_next_version_is_above_all_numbers(tmp_path, add_version):
    for name in ("2", "10", "backup"):
        add_version(name)
    (tmp_path / "12").mkdir()
    assert next_version(tmp_path) == tmp_path / "13"
