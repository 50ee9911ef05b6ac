"""Measured time beside the time that the arithmetic alone would take."""

import dataclasses
from collections.abc import Callable
from typing import Generic, TypeVar

from metanet_tf.speed.benchmark_case import BenchmarkCase
from metanet_tf.speed.operations import (
    Operations,
    count_operations,
    total_operations,
)
from metanet_tf.speed.step_cost import (
    ClassificationCost,
    TrainingCost,
    measure_classification,
    measure_training,
)
from metanet_tf.speed.timing import Timer, matrix_product_rate
from metanet_tf.speed.workload import Workload

Cost = TypeVar("Cost", TrainingCost, ClassificationCost)


@dataclasses.dataclass(frozen=True)
class Efficiency(Generic[Cost]):
    """A cost and what it is held against.

    Attributes:
        case: what was measured.
        cost: of a training step, or of classifying a task.
        operations: that it must do.
        rate: of matrix products right before and after, their mean, operations per
            second.
        ratio: measured time by the time of `operations` at `rate`.
    """

    case: BenchmarkCase
    cost: Cost
    operations: int
    rate: float
    ratio: float


def training_efficiency(workload: Workload, timer: Timer) -> Efficiency[TrainingCost]:
    """Measures training steps."""
    return _efficiency(
        workload, timer, measure_training, total_operations(_count(workload)).total
    )


def classification_efficiency(
    workload: Workload, timer: Timer
) -> Efficiency[ClassificationCost]:
    """Measures learning a support set and answering its queries."""
    return _efficiency(
        workload,
        timer,
        measure_classification,
        total_operations(_count(workload)).forward,
    )


def _efficiency(
    workload: Workload,
    timer: Timer,
    measure: Callable[[Workload, Timer], Cost],
    operations: int,
) -> Efficiency[Cost]:
    before = matrix_product_rate()
    cost = measure(workload, timer)
    rate = (before + matrix_product_rate()) / 2
    ratio = cost.seconds / (operations / rate)
    return Efficiency(workload.case, cost, operations, rate, ratio)


def _count(workload: Workload) -> dict[str, Operations]:
    case = workload.case
    return count_operations(workload.model, case.num_support, case.num_query)
