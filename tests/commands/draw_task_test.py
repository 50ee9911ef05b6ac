import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.commands.draw_task import draw_task
from metanet_tf.config import TaskConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import episode_dataset
from metanet_tf.data.preparation.resizing import prepare_images
from metanet_tf.utils.errors import InputError


@pytest.fixture
def config(run_folder):
    return TaskConfig(model=str(run_folder.path), seed=3)


def _pictures(folder):
    """Contents of the PNG files below `folder` by class and number."""
    return {
        name: tf.io.decode_png((folder / name).read_bytes())
        for name in _files_below(folder)
    }


def _files_below(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix() for path in files}


def test_task_has_the_size_of_the_runs_episodes(run_folder, config):
    draw_task(config)
    classes = [f"class{label}" for label in range(3)]
    for part, per_class in [("support", 2), ("query", 4)]:
        expected = {f"{name}/{i}.png" for name in classes for i in range(per_class)}
        assert set(_pictures(run_folder.path / "task" / part)) == expected


def test_pictures_are_those_of_a_task_of_unseen_classes(run_folder, config):
    draw_task(config)
    run = run_folder.read_config()
    unseen = load_dataset(run.data).test
    episode = next(iter(episode_dataset(unseen, run.episode, seed=config.seed)))
    expected = episode.query_images[episode.query_labels == 1]
    drawn = _pictures(run_folder.path / "task" / "query")
    written = tf.stack([drawn[f"class1/{i}.png"] for i in range(4)])
    np.testing.assert_allclose(prepare_images(written, 16), expected, atol=1e-6)


def test_another_seed_gives_another_task(run_folder, config, tmp_path):
    draw_task(config)
    other_dir = tmp_path / "other"
    draw_task(dataclasses.replace(config, seed=4, task_dir=str(other_dir)))
    one = _pictures(run_folder.path / "task")["query/class0/0.png"]
    other = _pictures(other_dir)["query/class0/0.png"]
    assert np.any(one != other)


def test_earlier_task_is_replaced(run_folder, config):
    draw_task(config)
    task_dir = run_folder.path / "task"
    expected = _files_below(task_dir)
    (task_dir / "support" / "class9").mkdir()
    (task_dir / "support" / "class9" / "0.png").write_bytes(b"of a larger task")
    draw_task(config)
    assert _files_below(task_dir) == expected


def test_folder_with_other_things_is_left_alone(config, tmp_path):
    (tmp_path / "support" / "class0").mkdir(parents=True)
    (tmp_path / "support" / "class0" / "holiday.png").write_bytes(b"beach")
    before = _files_below(tmp_path)
    with pytest.raises(InputError, match="`task_dir`.*something else.*--task_dir"):
        draw_task(dataclasses.replace(config, task_dir=str(tmp_path)))
    assert _files_below(tmp_path) == before
