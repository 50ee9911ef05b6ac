import numpy as np
import pytest

from benchmarks.large_set import (
    LargeSetConfig,
    measure,
    open_file,
    open_in_memory,
    write_images,
)
from metanet_tf.config import EpisodeConfig
from metanet_tf.data.episodes import Share, episode_dataset

CONFIG = LargeSetConfig(
    classes=1000,
    images_per_class=7,
    written_classes=1000,
    image_size=8,
    n_way=3,
    queries_per_class=2,
    tasks=2,
    repeats=1,
)
SIZE = EpisodeConfig(3, 1, 2)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("set") / "images.npy"
    write_images(path, CONFIG)
    return path


def _tasks(classes, count, **settings):
    tasks = episode_dataset(classes, SIZE, seed=5, **settings).take(count)
    return [task.query_images.numpy() for task in tasks]


def test_tasks_from_the_file_are_those_from_memory(path):
    mapped, in_memory = open_file(path, CONFIG), open_in_memory(path, CONFIG)
    assert mapped.is_mapped and not in_memory.is_mapped
    np.testing.assert_array_equal(_tasks(mapped, 5), _tasks(in_memory, 5))


def test_workers_share_the_tasks_of_a_file(path):
    mapped = open_file(path, CONFIG)
    shares = [_tasks(mapped, 2, share=Share(index, 2, 1)) for index in range(2)]
    in_turn = [shares[0][0], shares[1][0], shares[0][1], shares[1][1]]
    np.testing.assert_array_equal(in_turn, _tasks(mapped, 4))


def test_both_ways_are_measured(path):
    for found in measure(path, CONFIG).values():
        assert found.start_seconds > 0 and found.tasks_per_second > 0


def test_file_of_a_large_set_takes_little_of_the_disk(tmp_path):
    config = LargeSetConfig(
        classes=10_000, images_per_class=100, written_classes=2, image_size=28
    )
    write_images(tmp_path / "images.npy", config)
    status = (tmp_path / "images.npy").stat()
    assert status.st_size > 2_000_000_000 and status.st_blocks * 512 < 10_000_000
    classes = open_file(tmp_path / "images.npy", config)
    assert len(_tasks(classes, 1)[0]) == 6
