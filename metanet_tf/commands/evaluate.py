"""Tests a trained MetaNet on tasks with any number of ways.

    evaluate --model=runs/glyphs --n_way=5,10,15,20 --episodes=400 --split=test
    evaluate --model=NAME --data_dir=FOLDER
    evaluate --model=NAME --dataset=mnist --n_way=10

Prints a table with 95 % intervals and, for a run, writes evaluation.json into its
folder. Without --model, says which models there are.

Flags:
"""

import dataclasses
import shlex
import sys
from typing import TYPE_CHECKING, Any

from metanet_tf.commands import command
from metanet_tf.config import EpisodeConfig, EvaluationConfig
from metanet_tf.model_source import Kind, find_trained
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.flag_settings import from_flags, read_numbers
from metanet_tf.utils.versions import versions

if TYPE_CHECKING:
    from metanet_tf.evaluation.accuracy import Evaluation

ROW = "{:>5}  {:>5}  {:>16}  {:>16}  {:>12}  {:>17}  {:>6}"
HEADINGS = (
    "ways",
    "shots",
    "accuracy",
    "attention alone",
    "names itself",
    "calibration error",
    "tasks",
)


def main() -> None:
    """Entry point of `bin/evaluate` and `metanet-evaluate`."""
    configs = [EvaluationConfig]
    command.run(lambda: evaluate(from_flags(EvaluationConfig)), configs, __doc__)


def evaluate(config: EvaluationConfig) -> None:
    """Evaluates a pretrained model or a run.

    Raises:
        InputError: if there is no trained model, `n_way` cannot be read, the data
            are missing or have no room for a task, or the folder or the picture
            cannot be written.
    """
    source = find_trained(config.model)
    # TensorFlow takes seconds to import: not for --help.
    with command.quiet_import():
        from metanet_tf.commands.chosen_model import chosen_model
        from metanet_tf.commands.task_evaluation import evaluate_tasks
    trained = chosen_model(source)
    model = trained.model
    if config.tta_views is not None:
        model.config = dataclasses.replace(model.config, tta_views=config.tta_views)
    tasks = task_sizes(config, trained.config.episode)
    evaluations = evaluate_tasks(model, trained.config.data, config, tasks)
    print(ROW.format(*HEADINGS))
    summaries = []
    for evaluation in evaluations:
        _print_row(evaluation)
        summaries.append(evaluation.summary())
    if source.kind is Kind.RUN:
        folder = RunFolder(source.folder, "model")
        folder.write(folder.evaluation_file, _record(config, summaries))
        print(f"Written to {folder.evaluation_file}")


def task_sizes(config: EvaluationConfig, trained: EpisodeConfig) -> list[EpisodeConfig]:
    """The sizes of task to evaluate on, taken from training where left open.

    Raises:
        InputError: if `n_way` is not a list of numbers >= 2.
    """
    return [
        dataclasses.replace(
            trained,
            n_way=n_way,
            k_shot=config.k_shot or trained.k_shot,
            queries_per_class=config.queries_per_class or trained.queries_per_class,
            within_group=config.within_group,
        )
        for n_way in read_numbers("n_way", config.n_way, minimum=2) or [trained.n_way]
    ]


def _print_row(evaluation: "Evaluation") -> None:
    row = ROW.format(
        evaluation.n_way,
        evaluation.k_shot,
        str(evaluation.accuracy),
        str(evaluation.attention_accuracy),
        f"{evaluation.self_accuracy:.2%}",
        f"{evaluation.calibration_error:.2%}",
        evaluation.episodes,
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
