import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.data.episodes import episode_dataset
from metanet_tf.evaluation.accuracy import Evaluation, Mean
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.summaries import Summaries
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError


@pytest.fixture
def make_summaries(make_config, classes):
    """Summaries of an untrained model in a folder."""
    config = make_config()
    episode = next(iter(episode_dataset(classes, config.episode, seed=0)))
    return lambda folder: Summaries(folder, make_model(config), episode)


@pytest.fixture
def folder(tmp_path):
    return RunFolder(str(tmp_path / "run"))


def _written(folder):
    """(step, tag) of every summary in the folder's event file."""
    (file,) = folder.path.glob("events.out.tfevents.*")
    events = [
        tf.compat.v1.Event.FromString(record.numpy())
        for record in tf.data.TFRecordDataset(str(file))
    ]
    return {(event.step, v.tag) for event in events for v in event.summary.value}


def test_scalars_of_a_step_are_written_at_once(make_summaries, folder):
    summaries = make_summaries(folder)
    summaries.training_step({"loss": 0.5, "gradient_norm/theta": 1.0}, step=7)
    expected = {(7, "training/loss"), (7, "training/gradient_norm/theta")}
    assert _written(folder) == expected


def test_validation_is_written_with_fast_weights_and_pictures(make_summaries, folder):
    mean = Mean(0.5, 0.1)
    evaluation = Evaluation(mean, mean, 1.0, 0.0, 2, 3, 1, np.eye(3))
    make_summaries(folder).validation(evaluation, step=9)
    # Two augmented layers: b's take W*, and u, whose softmax layer does not count,
    # has Q* in one.
    tags = [
        "validation/accuracy",
        "validation/attention_accuracy",
        "validation/task",
        "validation/confusion",
        "fast_weights/example/0",
        "fast_weights/example/1",
        "fast_weights/task/0",
    ]
    assert _written(folder) == {(9, tag) for tag in tags}


def test_folder_that_cannot_be_written_is_bad_input(make_summaries, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="`train_dir`.*change --train_dir"):
        make_summaries(RunFolder(str(tmp_path / "file" / "run")))


def test_no_step_is_shown_twice_after_a_crash(make_config, classes, folder):
    config = make_config()
    episode = next(iter(episode_dataset(classes, config.episode, seed=0)))
    model = make_model(config)
    first = Summaries(folder, model, episode)
    for step in (5, 10, 15):
        first.training_step({"loss": 0.5}, step)
    (file,) = folder.path.glob("events.out.tfevents.*")
    file.write_bytes(file.read_bytes()[:-3])  # Killed while it wrote step 15.
    second = Summaries(folder, model, episode, step=7)
    second.training_step({"loss": 0.4}, 10)
    steps = [
        event.step
        for path in folder.path.glob("events.out.tfevents.*")
        for record in tf.data.TFRecordDataset(str(path))
        for event in [tf.compat.v1.Event.FromString(record.numpy())]
        if event.HasField("summary")
    ]
    assert sorted(steps) == [5, 10]
