"""Tests a trained model on further tasks."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from metanet_tf.config import DataConfig, EpisodeConfig, EvaluationConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import check_room, episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.evaluation.accuracy import Evaluation, evaluate
from metanet_tf.figures import episode_figure
from metanet_tf.model import MetaNet
from metanet_tf.utils.files import file_errors
from metanet_tf.utils.task_bar import task_bar

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
        figure = _first_task(model, classes, tasks[0], config, is_ink=data.is_ink)
        with file_errors("picture", config.picture):
            figure.savefig(config.picture, format="png")
    return (_evaluate_shown(model, classes, task, config) for task in tasks)


def _evaluate_shown(
    model: MetaNet, classes: ImageClasses, task: EpisodeConfig, config: EvaluationConfig
) -> Evaluation:
    with task_bar(f"{task.n_way} ways", config.episodes) as between_tasks:
        return evaluate(
            model,
            classes,
            task,
            episodes=config.episodes,
            seed=config.seed,
            between_tasks=between_tasks,
        )


def _first_task(
    model: MetaNet,
    classes: ImageClasses,
    task: EpisodeConfig,
    config: EvaluationConfig,
    *,
    is_ink: bool,
) -> "Figure":
    episode = next(iter(episode_dataset(classes, task, seed=config.seed)))
    prediction = model(*episode.inputs, n_way=task.n_way)
    return episode_figure(episode, prediction, is_ink=is_ink)
