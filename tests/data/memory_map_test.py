"""Images that stay in a file: the same episodes, and nothing of them in memory."""

import numpy as np
import pytest
from PIL import Image

from metanet_tf.config import DataConfig, EpisodeConfig
from metanet_tf.data import load_dataset, load_for_training
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.utils.errors import InputError


@pytest.fixture
def load(tmp_path):
    """Function: loads ten classes of three photographs, with other settings."""
    generator = np.random.default_rng(0)
    for name in "abcdefghij":
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for index in range(3):
            pixels = generator.integers(0, 256, [9, 9, 3], np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")

    def load(function=load_dataset, **settings):
        fixed = {
            "dataset": "image_folder",
            "data_dir": str(tmp_path / "data"),
            "cache_dir": str(tmp_path / "cache"),
            "image_size": 8,
            "channels": 3,
            "preparation": "photograph",
        }
        return function(DataConfig(**fixed, **settings))

    return load


def test_images_stay_in_the_file(load):
    for _ in range(2):  # Made, and found.
        dataset = load(memory_map=True)
        for part in (dataset.training, dataset.validation, dataset.test):
            assert part.is_mapped and part.images.shape == (30, 8, 8, 3)
            assert not part.images.flags.writeable


def test_episodes_are_those_of_images_in_memory(load):
    config = EpisodeConfig(n_way=2, k_shot=1, queries_per_class=2)
    for part in ("training", "validation", "test"):
        one, other = (
            next(iter(episode_dataset(getattr(d, part), config, seed=3)))
            for d in (load(), load(memory_map=True))
        )
        for first, second in zip(one, other, strict=True):
            assert first.shape == second.shape
            np.testing.assert_array_equal(first, second)


def test_changed_file_is_read_again_and_the_old_images_go(load, tmp_path):
    before = load(memory_map=True)
    Image.new("RGB", (9, 9), "red").save(tmp_path / "data" / "a" / "new.png")
    after = load(memory_map=True)
    assert len(after.test.images) == len(before.test.images) + 1
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 1


def test_unreadable_pictures_are_left_out(load, tmp_path):
    (tmp_path / "data" / "a" / "0.png").write_text("no picture")
    config = EpisodeConfig(n_way=2, k_shot=1, queries_per_class=1)
    one, other = (
        next(iter(episode_dataset(d.training, config, seed=3)))
        for d in (load(skip_unreadable=True, memory_map=m) for m in (False, True))
    )
    np.testing.assert_array_equal(one.query_images, other.query_images)


def test_more_images_are_not_made_of_them(load):
    with pytest.raises(InputError, match="`memory_map` must be without rotations"):
        load(load_for_training, memory_map=True, rotations=True)
