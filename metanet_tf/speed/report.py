"""Figures as tables for reading, a line at a time as they are measured."""

from collections.abc import Iterable
from typing import Any

from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.speed.comparison import Efficiency, ReferenceCost
from metanet_tf.speed.costs import (
    ClassificationCost,
    CurvePoint,
    MemoryCourse,
    SavedModelCost,
    TrainingCost,
)
from metanet_tf.speed.parts import Part

_NARROWEST = 6
_GAP = "  "
_CASE_HEADINGS = [("ways", ""), ("queries", ""), ("augmented", "")]
_AGAINST_ARITHMETIC = [("GFLOP", ".2f"), ("GFLOP/s", ".0f"), ("ratio", ".2f")]


class Table:
    """A table on standard output; its title lines are printed at once.

    The first column is left-aligned, the others right-aligned.

    Args:
        title: above the table.
        columns: heading and number format of each, such as ("ms", ".1f"). A column
            is as wide as its heading, at least six characters.
    """

    def __init__(self, title: str, *columns: tuple[str, str]) -> None:
        self._formats = [number_format for _, number_format in columns]
        self._widths = [max(_NARROWEST, len(heading)) for heading, _ in columns]
        print(f"\n{title}")
        self._print([heading for heading, _ in columns])

    def add(self, *values: Any) -> None:
        """Prints a line of one value for each column; None is a dash."""
        cells = zip(values, self._formats, strict=True)
        self._print(
            ["–" if value is None else format(value, spec) for value, spec in cells]
        )

    def _print(self, cells: list[str]) -> None:
        first, *others = zip(cells, self._widths, strict=True)
        padded = [first[0].ljust(first[1])]
        padded += [cell.rjust(width) for cell, width in others]
        print(_GAP.join(padded).rstrip(), flush=True)


def show_classification(
    results: Iterable[Efficiency[ClassificationCost]],
) -> list[Efficiency[ClassificationCost]]:
    """Shows a line for each case and returns the results."""
    times = [("adapt ms", ".1f"), ("ms/query", ".2f"), ("peak MiB", ".0f")]
    table = Table(
        "Classification of a task", *_CASE_HEADINGS, *times, *_AGAINST_ARITHMETIC
    )
    shown = []
    for result in results:
        cost = result.cost
        table.add(
            *_case_columns(result.case),
            1e3 * cost.adapt_seconds,
            1e3 * cost.seconds_per_query,
            _mebibytes(cost.peak_memory),
            *_against_arithmetic(result),
        )
        shown.append(result)
    return shown


def show_training(
    results: Iterable[Efficiency[TrainingCost]],
) -> list[Efficiency[TrainingCost]]:
    """Shows a line for each case and returns the results."""
    times = [("ms/step", ".1f"), ("episodes/s", ".1f"), ("waiting %", ".2f")]
    memory = ("peak MiB", ".0f")
    table = Table(
        "Training step", *_CASE_HEADINGS, *times, memory, *_AGAINST_ARITHMETIC
    )
    shown = []
    for result in results:
        cost = result.cost
        table.add(
            *_case_columns(result.case),
            1e3 * cost.seconds,
            1.0 / cost.seconds,
            100.0 * cost.waiting_seconds / cost.seconds,
            _mebibytes(cost.peak_memory),
            *_against_arithmetic(result),
        )
        shown.append(result)
    return shown


def show_parts(result: Efficiency[TrainingCost], parts: Iterable[Part]) -> None:
    """Shows where the time of a training step goes."""
    parts = list(parts)
    step, in_sum = result.cost, [part for part in parts if part.in_sum]
    together = sum(part.seconds for part in in_sum)
    rows = [(part.name, part.seconds, part.operations) for part in in_sum]
    rows += [
        ("waiting for input", step.waiting_seconds, None),
        ("sum", together + step.waiting_seconds, result.operations),
        ("whole step", step.seconds, result.operations),
    ]
    rows += [(f"beside: {x.name}", x.seconds, None) for x in parts if not x.in_sum]
    table = Table(
        f"Parts, each traced alone: {result.case}",
        (f"{'part':<22}", ""),
        ("ms", ".2f"),
        ("% of step", ".1f"),
        ("GFLOP", ".3f"),
        ("GFLOP/s", ".0f"),
    )
    for name, seconds, operations in rows:
        giga = None if operations is None else operations / 1e9
        rate = None if giga is None else giga / seconds
        table.add(name, 1e3 * seconds, 100.0 * seconds / step.seconds, giga, rate)


def show_references(
    results: Iterable[tuple[TrainingCost, ReferenceCost]],
) -> list[ReferenceCost]:
    """Shows a line for each case's plain reference, returned without the step."""
    table = Table(
        "Plain reference of the same mathematics",
        *_CASE_HEADINGS,
        ("ms/step", ".1f"),
        ("traced ms", ".1f"),
        ("times", ".1f"),
        ("eager ms", ".1f"),
        ("times", ".1f"),
        ("loss differs", ".1e"),
        ("gradient differs", ".1e"),
    )
    shown = []
    for step, reference in results:
        table.add(
            *_case_columns(reference.case),
            1e3 * step.seconds,
            1e3 * reference.seconds,
            reference.seconds / step.seconds,
            1e3 * reference.eager_seconds,
            reference.eager_seconds / step.seconds,
            reference.loss_difference,
            reference.gradient_difference,
        )
        shown.append(reference)
    return shown


def show_curve(points: Iterable[CurvePoint]) -> list[CurvePoint]:
    """Shows a line for each number of ways and returns the points."""
    table = Table(
        "Growing tasks (first peak: classification, second: training)",
        ("ways", ""),
        ("images", ""),
        ("adapt ms", ".1f"),
        ("ms/query", ".2f"),
        ("peak MiB", ".0f"),
        ("ms/step", ".1f"),
        ("ms/image", ".2f"),
        ("peak MiB", ".0f"),
    )
    shown = []
    for point in points:
        classification, training = point.classification, point.training
        table.add(
            point.n_way,
            point.images,
            1e3 * classification.adapt_seconds,
            1e3 * classification.seconds_per_query,
            _mebibytes(classification.peak_memory),
            1e3 * training.seconds,
            1e3 * training.seconds / point.images,
            _mebibytes(training.peak_memory),
        )
        shown.append(point)
    return shown


def show_saved_model(cost: SavedModelCost) -> None:
    """Shows the latency of the exported model."""
    table = Table(
        f"SavedModel, a call with {cost.case.num_support} support images",
        ("queries", ""),
        ("ms", ".1f"),
    )
    for count, seconds in cost.seconds_by_queries.items():
        table.add(count, 1e3 * seconds)


def show_memory_course(course: MemoryCourse) -> None:
    """Shows the resident memory in the course of training."""
    title = f"Memory in training, {course.case}"
    table = Table(title, ("step", ""), ("MiB", ".1f"), ("growth", ".1f"))
    for step, memory in zip(course.steps, course.memory, strict=True):
        growth = memory - course.memory[0]
        table.add(step, _mebibytes(memory), _mebibytes(growth))
    print(f"The step was traced {course.traces} time(s).", flush=True)


def show_first_step(seconds: float) -> None:
    """Shows how long a training command took to its first step."""
    print(f"\nFrom the command to its first training step: {seconds:.1f} s", flush=True)


def _case_columns(case: BenchmarkCase) -> tuple[int, int, int | str]:
    task = case.task
    layers = case.model.augmented_layers
    return task.n_way, task.queries_per_class, "all" if layers is None else layers


def _against_arithmetic(result: Efficiency[Any]) -> tuple[float, float, float]:
    return result.operations / 1e9, result.rate / 1e9, result.ratio


def _mebibytes(count: int) -> float:
    return count / 2**20
