"""Tests the trained model of a run on further tasks."""

import dataclasses
from collections.abc import Iterable, Iterator

from metanet_tf.config import EpisodeConfig, EvaluationConfig
from metanet_tf.datasets import load_dataset
from metanet_tf.datasets.image_classes import ImageClasses
from metanet_tf.episodes import episode_dataset
from metanet_tf.evaluation import Evaluation, evaluate
from metanet_tf.model import MetaNet
from metanet_tf.training.pictures import episode_figure
from metanet_tf.training.trained_model import load_trained_model


def evaluate_run(
    config: EvaluationConfig, tasks: Iterable[EpisodeConfig]
) -> Iterator[Evaluation]:
    """Yields an evaluation for each size of task.

    A picture of the first task is drawn if `config` asks for one.

    Raises:
        InputError: if the run has no trained model, its data cannot be found or
            have no room for a task.
        OSError: if the picture cannot be written.
    """
    model, run_config = load_trained_model(config.train_dir)
    data = run_config.data
    if config.data_dir:
        data = dataclasses.replace(data, data_dir=config.data_dir)
    dataset = load_dataset(data)
    classes = dataset.test if config.split == "test" else dataset.validation
    for index, task in enumerate(tasks):
        if config.picture and index == 0:
            _draw_first_task(model, classes, task, config)
        yield evaluate(model, classes, task, episodes=config.episodes, seed=config.seed)


def _draw_first_task(
    model: MetaNet, classes: ImageClasses, task: EpisodeConfig, config: EvaluationConfig
) -> None:
    episode = next(iter(episode_dataset(classes, task, seed=config.seed)))
    prediction = model(*episode[:3], n_way=task.n_way)
    episode_figure(episode, prediction).savefig(config.picture, format="png")
