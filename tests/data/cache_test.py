import dataclasses
import os

import numpy as np
import pytest

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import cache_file_name, cached_arrays

ARRAYS = {"numbers": np.arange(1000, dtype=np.uint8), "names": np.array(["a", "bc"])}


class Maker:
    """Makes the arrays and counts how often."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return ARRAYS


@pytest.fixture
def maker():
    return Maker()


def _assert_is_arrays(arrays):
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_arrays_are_made_once(tmp_path, maker):
    for _ in range(3):
        _assert_is_arrays(cached_arrays("a.npz", str(tmp_path / "new"), maker))
    assert maker.calls == 1


def test_another_file_name_is_another_cache(tmp_path, maker):
    cached_arrays("a.npz", str(tmp_path), maker)
    cached_arrays("b.npz", str(tmp_path), maker)
    assert maker.calls == 2


def test_nothing_but_the_cache_file_is_left(tmp_path, maker):
    cached_arrays("a.npz", str(tmp_path), maker)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def _truncate(content):
    return content[: len(content) // 2]


def _flip_a_byte(content):
    position = content.index(bytes(range(100))) + 50
    return content[:position] + b"\xff" + content[position + 1 :]


@pytest.mark.parametrize("damage", [_truncate, _flip_a_byte, lambda content: b""])
def test_a_damaged_file_is_made_anew(tmp_path, maker, damage):
    cached_arrays("a.npz", str(tmp_path), maker)
    path = tmp_path / "a.npz"
    path.write_bytes(damage(path.read_bytes()))
    _assert_is_arrays(cached_arrays("a.npz", str(tmp_path), maker))
    _assert_is_arrays(cached_arrays("a.npz", str(tmp_path), maker))
    assert maker.calls == 2


def test_an_unwritable_folder_is_reported_and_does_no_harm(tmp_path, maker, caplog):
    (tmp_path / "file").touch()
    cache_dir = str(tmp_path / "file" / "cache")  # A file cannot hold a folder.
    _assert_is_arrays(cached_arrays("a.npz", cache_dir, maker))
    assert "Going on without a cache" in caplog.text


def test_a_full_disk_leaves_no_file(tmp_path, maker, monkeypatch):
    def fail(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    _assert_is_arrays(cached_arrays("a.npz", str(tmp_path), maker))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "variable, folder", [("XDG_CACHE_HOME", ""), ("HOME", ".cache")]
)
def test_the_default_folder_is_in_the_users_cache(
    tmp_path, maker, monkeypatch, variable, folder
):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    cached_arrays("a.npz", "", maker)
    assert (tmp_path / folder / "metanet_tf" / "a.npz").is_file()


def test_a_file_name_tells_all_that_the_arrays_depend_on():
    config = DataConfig(data_dir="a", image_size=28)
    names = {
        cache_file_name("omniglot", config, 1),
        cache_file_name("mnist", config, 1),
        cache_file_name("omniglot", config, 2),
        cache_file_name("omniglot", dataclasses.replace(config, data_dir="b"), 1),
        cache_file_name("omniglot", dataclasses.replace(config, image_size=32), 1),
    }
    assert len(names) == 5


def test_a_file_name_stays_whatever_the_form_of_the_folder():
    relative, absolute = (
        DataConfig(data_dir="a"),
        DataConfig(data_dir=f"{os.getcwd()}/a"),
    )
    assert cache_file_name("a", relative, 1) == cache_file_name("a", absolute, 1)
