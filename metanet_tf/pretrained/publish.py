"""Makes the folder of a pretrained model from that of a finished run."""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from metanet_tf.config import EpisodeConfig, PublishConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.evaluation.accuracy import Evaluation, evaluate
from metanet_tf.evaluation.calibration import choose_temperature
from metanet_tf.evaluation.rejection import RejectionThreshold, calibrate
from metanet_tf.model import MetaNet
from metanet_tf.model_source import MODEL_FILE, PACKAGED, Kind, find_model
from metanet_tf.pretrained.model_card import CARD_RESULTS, CardFacts, model_card
from metanet_tf.pretrained.model_folder import check_replaceable, save_pretrained
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.task_bar import task_bar

_ONLY_RUNS = (
    "A model card says how a model was trained, which a run's folder alone knows: give "
    "that."
)
_SMALLEST = EpisodeConfig(2, 1, 1)  # Every data set has room for it.


class Published(NamedTuple):
    """Folder of a published model, and measurements of it.

    Attributes:
        folder: of the pretrained model.
        evaluations: on test classes, for each size of task that they have room for.
        rejections: thresholds, for those that validation and test have room for twice.
    """

    folder: pathlib.Path
    evaluations: list[Evaluation]
    rejections: list[RejectionThreshold]


def publish_run(config: PublishConfig, tasks: Sequence[EpisodeConfig]) -> Published:
    """Tests a run's best model, calibrates it and writes its folder.

    Args:
        config: which run, under what name, and where.
        tasks: the sizes of task to test and calibrate on. Those that the test classes
            have no room for are left out, and named on stderr.

    Raises:
        InputError: if the run is not finished, its data cannot be found or have no
            room for any task, or the folder is there or holds something else.
        OSError: if the folder cannot be written.
    """
    path = find_model(config.model, [Kind.RUN], remedy=_ONLY_RUNS).folder
    folder = RunFolder(path, "model")
    target = pathlib.Path(config.pretrained_dir or PACKAGED) / config.name
    _check_target(target, config)
    results = folder.read_results(CARD_RESULTS)
    if results is None:
        raise InputError(
            f"`model` must be a finished run. Received: {config.model}, "
            "which has no results.json. Train to the end first."
        )
    model, run_config = load_trained_model(path, "model")
    for variable in model.variables:
        variable.assign(_rounded(variable.numpy(), config.significant_bits))
    dataset = load_dataset(run_config.data.found_at(config.data_dir))
    tested = _fitted(tasks, [dataset.test])
    _tell_left_out(tasks, tested, dataset.test)
    evaluations, rejections = _calibrate_and_test(model, dataset, tested, config)
    facts = CardFacts(
        config.name,
        _place(target),
        config.licence,
        folder.read_config(),
        model.config.temperature,
        results,
        evaluations,
        rejections,
        config.significant_bits,
    )
    run_config = dataclasses.replace(run_config, model=model.config)
    save_pretrained(
        model, run_config, target, rejections=rejections, card=model_card(facts)
    )
    return Published(target, evaluations, rejections)


def _rounded(values: np.ndarray, significant_bits: int) -> np.ndarray:
    """Rounds finite float32 numbers to their first significant bits, to even."""
    steps = np.float32(2**significant_bits)
    fractions, exponents = np.frexp(values)
    return np.ldexp(np.round(fractions * steps) / steps, exponents)


def _calibrate_and_test(
    model: MetaNet,
    dataset: Dataset,
    tasks: Sequence[EpisodeConfig],
    config: PublishConfig,
) -> tuple[list[Evaluation], list[RejectionThreshold]]:
    """Sets the model's temperature, chooses thresholds, and tests it with both."""
    answered = _fitted(tasks, [dataset.validation]) or [_SMALLEST]
    calibrated = _fitted(tasks, [dataset.validation, dataset.test], times=2)
    chosen_on = config.calibration_episodes * (len(answered) + 2 * len(calibrated))
    count = chosen_on + config.episodes * len(tasks)
    with task_bar("publishing", count) as between_tasks:
        settings: dict[str, Any] = {
            "episodes": config.calibration_episodes,
            "seed": config.seed,
            "between_tasks": between_tasks,
        }
        temperature = choose_temperature(
            model, dataset.validation, answered, **settings
        )
        model.config = dataclasses.replace(model.config, temperature=temperature)
        rejections = [calibrate(model, dataset, t, **settings) for t in calibrated]
        settings["episodes"] = config.episodes
        evaluations = [evaluate(model, dataset.test, t, **settings) for t in tasks]
    return evaluations, rejections


def _check_target(target: pathlib.Path, config: PublishConfig) -> None:
    check_replaceable(target)
    if (target / MODEL_FILE).exists() and not config.overwrite:
        raise InputError(
            f"`name` must be that of a new model. Received: {config.name}, and "
            f"{target} is there. Choose another --name or --pretrained_dir, or replace "
            "that model with --overwrite."
        )


def _place(target: pathlib.Path) -> str:
    """Returns what `from_pretrained` takes, without the path to the working folder."""
    if target.parent == PACKAGED:
        return target.name
    inside = os.path.relpath(target)
    is_below = os.sep in inside and not inside.startswith(os.pardir)
    return inside if is_below else f"./{target.name}"


def _fitted(
    tasks: Sequence[EpisodeConfig], parts: Sequence[ImageClasses], times: int = 1
) -> list[EpisodeConfig]:
    """Returns the sizes of task that all `parts` have room for.

    Args:
        tasks: the sizes. Where a class has few images, there are fewer queries.
        parts: of a data set.
        times: as many classes as a task has must be there.
    """
    classes = min(part.num_classes for part in parts)
    images = min(int(min(part.class_sizes)) for part in parts)
    return [
        dataclasses.replace(
            task, queries_per_class=min(task.queries_per_class, images - task.k_shot)
        )
        for task in tasks
        if times * task.n_way <= classes and task.k_shot < images
    ]


def _tell_left_out(
    tasks: Sequence[EpisodeConfig], tested: Sequence[EpisodeConfig], test: ImageClasses
) -> None:
    """Names the sizes that are not tested; raises InputError if none is."""
    kept = {(task.n_way, task.k_shot) for task in tested}
    sizes = [(task.n_way, task.k_shot) for task in tasks]
    left_out = ", ".join(f"{n}x{k}" for n, k in sizes if (n, k) not in kept)
    there_are = (
        f"{test.num_classes} test classes, the smallest of {min(test.class_sizes)} "
        "images"
    )
    if not tested:
        raise InputError(
            "`tasks` must hold a size that the test classes have room for. Received: "
            f"{left_out}; there are {there_are}. Change --tasks."
        )
    if left_out:
        print(f"Left out: {left_out}. There are {there_are}.", file=sys.stderr)
