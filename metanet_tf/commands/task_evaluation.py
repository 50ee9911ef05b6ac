"""Tests a trained model on further tasks."""

import dataclasses
from collections.abc import Iterator, Sequence

from metanet_tf.config import DataConfig, EpisodeConfig, EvaluationConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import check_room, episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.evaluation.accuracy import Evaluation, evaluate
from metanet_tf.figures import episode_figure
from metanet_tf.model import MetaNet
from metanet_tf.utils.files import file_errors


def evaluate_tasks(
    model: MetaNet,
    data: DataConfig,
    config: EvaluationConfig,
    tasks: Sequence[EpisodeConfig],
) -> Iterator[Evaluation]:
    """Returns an evaluation for each size of task, made when it is asked for.

    A picture of the first task is drawn if `config` asks for one.

    Args:
        model: a trained one.
        data: what it was trained on.
        config: which classes, how many tasks, and their seed.
        tasks: their sizes.

    Raises:
        InputError: at once, if the data cannot be found or have no room for a task,
            or the picture cannot be written.
    """
    tested = dataclasses.replace(data, dataset=config.dataset or data.dataset)
    dataset = load_dataset(tested.found_at(config.data_dir))
    classes = dataset.test if config.split == "test" else dataset.validation
    for task in tasks:
        check_room(classes, task)
    if config.picture:
        _draw_first_task(model, classes, tasks[0], config)
    return (
        evaluate(model, classes, task, episodes=config.episodes, seed=config.seed)
        for task in tasks
    )


def _draw_first_task(
    model: MetaNet, classes: ImageClasses, task: EpisodeConfig, config: EvaluationConfig
) -> None:
    episode = next(iter(episode_dataset(classes, task, seed=config.seed)))
    prediction = model(*episode.inputs, n_way=task.n_way)
    with file_errors("picture", config.picture):
        episode_figure(episode, prediction).savefig(config.picture, format="png")
