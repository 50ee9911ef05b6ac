import dataclasses

import pytest

from metanet_tf.commands import task_evaluation
from metanet_tf.commands.task_evaluation import evaluate_tasks
from metanet_tf.config import EpisodeConfig, EvaluationConfig
from metanet_tf.data import load_dataset
from metanet_tf.evaluation.accuracy import evaluate
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError

TASKS = [EpisodeConfig(3, 1, 2), EpisodeConfig(4, 2, 1)]


@pytest.fixture
def model(make_config):
    return make_model(make_config())


@pytest.fixture
def data(make_config):
    return make_config().data


@pytest.fixture
def evaluate_with(model, data, classes, monkeypatch):
    """Evaluates the model on twelve easy classes, with further settings."""
    dataset = type("Dataset", (), {"test": classes, "validation": classes})
    monkeypatch.setattr(task_evaluation, "load_dataset", lambda _: dataset)

    def run(tasks, **settings):
        return evaluate_tasks(model, data, EvaluationConfig(**settings), tasks)

    return run


def test_each_size_of_task_is_evaluated_as_in_training(evaluate_with, model, classes):
    results = list(evaluate_with(TASKS, episodes=4, seed=3))
    for result, task in zip(results, TASKS, strict=True):
        expected = evaluate(model, classes, task, episodes=4, seed=3)
        assert result.summary() == expected.summary()


def test_split_names_the_classes(model, data, monkeypatch):
    asked = []
    monkeypatch.setattr(
        task_evaluation, "check_room", lambda classes, _: asked.append(classes)
    )
    for split in ("test", "validation"):
        evaluate_tasks(model, data, EvaluationConfig(split=split), TASKS[:1])
    dataset = load_dataset(data)
    names = [classes.class_names for classes in asked]
    assert names == [dataset.test.class_names, dataset.validation.class_names]


def test_another_dataset_may_be_tested(model, data, mnist_data_dir):
    task = EpisodeConfig(n_way=10, queries_per_class=1)
    settings = EvaluationConfig(dataset="mnist", data_dir=mnist_data_dir, episodes=2)
    data = dataclasses.replace(data, image_size=8, validation_classes=20)
    (evaluation,) = evaluate_tasks(model, data, settings, [task])
    assert evaluation.confusion.shape == (10, 10)


def test_data_dir_replaces_that_of_the_training(model, data, monkeypatch):
    asked = []

    def load(data):
        asked.append(data.data_dir)
        return load_dataset(data)

    monkeypatch.setattr(task_evaluation, "load_dataset", load)
    evaluate_tasks(model, data, EvaluationConfig(data_dir="elsewhere"), TASKS)
    assert asked == ["elsewhere"]


def test_all_sizes_are_checked_before_any_is_evaluated(evaluate_with):
    too_many = EpisodeConfig(13, 1, 1)
    with pytest.raises(InputError, match="Received: 13; there are 12.*--n_way"):
        evaluate_with([*TASKS, too_many])
    too_large = EpisodeConfig(3, 5, 2)
    with pytest.raises(InputError, match="Received: 7;.*--k_shot"):
        evaluate_with([*TASKS, too_large])


def test_picture_of_the_first_task_is_drawn(evaluate_with, tmp_path):
    picture = tmp_path / "task.png"
    evaluate_with(TASKS, picture=str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_picture_that_cannot_be_written_names_its_flag(evaluate_with, tmp_path):
    picture = str(tmp_path / "no" / "task.png")
    with pytest.raises(InputError, match="`picture` must be.*change --picture"):
        evaluate_with(TASKS, picture=picture)
