"""Makes the folder of a pretrained model from that of a finished run."""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

from metanet_tf.config import EpisodeConfig, PublishConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import check_room
from metanet_tf.data.image_classes import Dataset
from metanet_tf.evaluation.accuracy import evaluate
from metanet_tf.evaluation.calibration import choose_temperature
from metanet_tf.evaluation.rejection import calibrate
from metanet_tf.model_source import PACKAGED, Kind, find_model
from metanet_tf.pretrained.model_card import CardFacts, model_card
from metanet_tf.pretrained.model_folder import save_pretrained
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.utils.errors import InputError

_ONLY_RUNS = (
    "A model card says how a model was trained, which a run's folder alone knows: give "
    "that."
)


def publish_run(config: PublishConfig, tasks: Sequence[EpisodeConfig]) -> pathlib.Path:
    """Tests a run's best model, calibrates it and writes its folder.

    Args:
        config: which run, under what name, and where.
        tasks: the sizes of task to test and calibrate on.

    Returns:
        The folder.

    Raises:
        InputError: if the run is not finished, its data cannot be found or have no
            room for a task, or the folder holds something else.
        OSError: if the folder cannot be written.
    """
    path = find_model(config.model, [Kind.RUN], remedy=_ONLY_RUNS).folder
    folder = RunFolder(path, "model")
    target = pathlib.Path(config.pretrained_dir or PACKAGED) / config.name
    if target.exists() and not config.overwrite:
        raise InputError(
            f"`name` must be that of a new model. Received: {config.name}, and "
            f"{target} is there. Choose another --name or --pretrained_dir, or replace "
            "that model with --overwrite."
        )
    model, run_config = load_trained_model(path, "model")
    results = folder.read(folder.results_file)
    if results is None:
        raise InputError(
            f"`model` must be a finished run. Received: {config.model}, "
            "which has no results.json. Train to the end first."
        )
    dataset = load_dataset(run_config.data.found_at(config.data_dir))
    settings: dict[str, Any] = {
        "episodes": config.calibration_episodes,
        "seed": config.seed,
    }
    for task in tasks:
        check_room(dataset.test, task)
    calibrated = [task for task in tasks if _has_room(dataset, task)]
    answerable = [t for t in tasks if t.n_way <= dataset.validation.num_classes]
    temperature = choose_temperature(
        model, dataset.validation, answerable or tasks, **settings
    )
    model.config = dataclasses.replace(model.config, temperature=temperature)
    run_config = dataclasses.replace(run_config, model=model.config)
    rejections = [calibrate(model, dataset, task, **settings) for task in calibrated]
    evaluations = [
        evaluate(model, dataset.test, task, episodes=config.episodes, seed=config.seed)
        for task in tasks
    ]
    facts = CardFacts(
        config.name,
        config.licence,
        folder.read_config(),
        temperature,
        results,
        evaluations,
        rejections,
    )
    save_pretrained(
        model, run_config, target, rejections=rejections, card=model_card(facts)
    )
    return target


def _has_room(dataset: Dataset, task: EpisodeConfig) -> bool:
    """True if validation and test have as many classes again that are not taught."""
    fewest = min(dataset.validation.num_classes, dataset.test.num_classes)
    return 2 * task.n_way <= fewest
