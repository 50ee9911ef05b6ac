"""Tests a trained MetaNet on tasks with any number of ways.

    evaluate --train_dir=runs/glyphs --ways=5,10,15,20 --episodes=400 --split=test

Prints a table with 95 % intervals and writes evaluation.json into --train_dir.

Flags:
"""

import dataclasses
import shlex
import sys
from typing import TYPE_CHECKING, Any

from metanet_tf.commands import command
from metanet_tf.config import EpisodeConfig, EvaluationConfig, from_flags
from metanet_tf.errors import InputError
from metanet_tf.files import write_json
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.versions import versions

if TYPE_CHECKING:
    from metanet_tf.evaluation import Evaluation

ROW = "{:>5}  {:>16}  {:>16}  {:>6}"


def main() -> None:
    """Entry point of `bin/evaluate` and `metanet-evaluate`."""
    configs = [EvaluationConfig]
    command.run(lambda: evaluate(from_flags(EvaluationConfig)), configs, __doc__)


def evaluate(config: EvaluationConfig) -> None:
    """Evaluates the run in `config.train_dir`.

    Raises:
        InputError: if there is no trained model, `ways` cannot be read, or the data
            are missing or have no room for a task.
        OSError: if the folder or the picture cannot be written.
    """
    folder = RunFolder(config.train_dir)
    tasks = task_sizes(config, folder.read_config().episode)

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.training.run_evaluation import evaluate_run
    print(ROW.format("ways", "accuracy", "attention alone", "tasks"))
    evaluations = []
    for evaluation in evaluate_run(config, tasks):
        _print_row(evaluation)
        evaluations.append(evaluation.summary())
    write_json(folder.evaluation_file, _record(config, evaluations))
    print(f"Written to {folder.evaluation_file}")


def task_sizes(config: EvaluationConfig, trained: EpisodeConfig) -> list[EpisodeConfig]:
    """The sizes of task to evaluate on, taken from training where left open.

    Raises:
        InputError: if `ways` is not a list of numbers >= 2.
    """
    try:
        ways = [int(number) for number in config.ways.split(",") if number]
    except ValueError as error:
        raise InputError(
            "`ways` must be numbers separated by commas, such as 5,10,20. Received: "
            f"{config.ways}. Change --ways."
        ) from error
    return [
        dataclasses.replace(
            trained,
            n_way=n_way,
            k_shot=config.shots or trained.k_shot,
            queries_per_class=config.queries_per_class or trained.queries_per_class,
        )
        for n_way in ways or [trained.n_way]
    ]


def _print_row(evaluation: "Evaluation") -> None:
    accuracy, attention = evaluation.accuracy, evaluation.attention_accuracy
    row = ROW.format(
        evaluation.n_way, str(accuracy), str(attention), evaluation.episodes
    )
    print(row, flush=True)


def _record(
    config: EvaluationConfig, evaluations: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "evaluations": evaluations,
        **dataclasses.asdict(config),
        "command": shlex.join(sys.argv),
        "versions": versions(),
    }
