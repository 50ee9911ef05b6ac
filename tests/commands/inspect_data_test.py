import dataclasses
import shutil

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("imagehash", reason="needs the extra `inspect`")

from metanet_tf.commands.inspect_data import inspect_data  # noqa: E402
from metanet_tf.config import DataConfig, InspectConfig  # noqa: E402

CLASSES = {"train": "abc", "val": "de", "test": "fg"}


@pytest.fixture
def data(tmp_path):
    """Settings of a folder with parts, three photographs of noise a class."""
    generator = np.random.default_rng(0)
    for part, names in CLASSES.items():
        for name in names:
            folder = tmp_path / "data" / part / name
            folder.mkdir(parents=True)
            for index in range(3):
                pixels = generator.integers(0, 256, [8, 8, 3], np.uint8)
                picture = Image.fromarray(pixels).resize([32, 32], Image.NEAREST)
                picture.save(folder / f"{index}.png")
    return DataConfig(
        dataset="image_folder",
        data_dir=str(tmp_path / "data"),
        cache_dir=str(tmp_path / "cache"),
        image_size=32,
        channels=3,
        preparation="photograph",
    )


@pytest.mark.parametrize("memory_map", [False, True])
def test_parts_are_counted(data, capsys, memory_map):
    inspect_data(dataclasses.replace(data, memory_map=memory_map), InspectConfig())
    heading, *rows, pairs = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["part", "classes", "images"]
    assert [row.split()[:3] for row in rows] == [
        ["training", "3", "9"],
        ["validation", "2", "6"],
        ["test", "2", "6"],
    ]
    assert rows[0].split()[3:] == ["3", "to", "3", "32", "x", "32", "x", "3"]
    assert pairs.startswith("0 pairs of images of different parts")


def test_picture_that_is_in_two_parts_is_found(data, tmp_path, capsys):
    folder = tmp_path / "data"
    photograph = Image.open(folder / "train" / "b" / "1.png")
    photograph.save(folder / "test" / "g" / "9.jpg", quality=90)  # Not byte by byte.
    shutil.copy(folder / "train" / "a" / "0.png", folder / "train" / "a" / "9.png")
    inspect_data(data, InspectConfig())
    shown = capsys.readouterr().out
    assert "1 pairs of images" in shown  # That in one part is no matter.
    assert "training/b[1]  test/g[3]" in shown


def test_search_for_pairs_can_be_left_out(data, capsys):
    inspect_data(data, InspectConfig(max_bits=None))
    assert "pairs" not in capsys.readouterr().out


def test_unreadable_files_do_not_stop_it(data, tmp_path, capsys):
    (tmp_path / "data" / "train" / "a" / "0.png").write_text("no picture")
    inspect_data(data, InspectConfig())
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["training", "3", "8"]


def test_files_that_are_passed_over_are_told_in_a_line(data, tmp_path, capsys):
    (tmp_path / "data" / "train" / "a" / "notes.txt").touch()
    inspect_data(data, InspectConfig(max_bits=None))
    (line,) = capsys.readouterr().err.splitlines()
    assert "notes.txt" in line and "Warning" not in line


def test_sheets_show_a_row_for_each_class(data, tmp_path):
    inspect_data(data, InspectConfig(out=str(tmp_path / "sheets")))
    sheet = Image.open(tmp_path / "sheets" / "validation.png")
    assert sheet.mode == "RGB" and sheet.size == (3 * 34 + 2, 2 * 34 + 2)
    original = Image.open(tmp_path / "data" / "val" / "e" / "2.png")
    shown = np.asarray(sheet)[36:68, 70:102]
    np.testing.assert_array_equal(shown, np.asarray(original))


def test_ink_is_shown_dark(tmp_path):
    inspect_data(DataConfig(), InspectConfig(out=str(tmp_path), max_bits=None))
    assert np.median(np.asarray(Image.open(tmp_path / "test.png"))) == 255
