"""Costs beside what the arithmetic alone would take, and beside a plain reference."""

import dataclasses
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import tensorflow as tf

from metanet_tf.meta_information import cross_entropy
from metanet_tf.model import MetaNet
from metanet_tf.plain_reference import plain_logits
from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.speed.costs import (
    ClassificationCost,
    TrainingCost,
    measure_classification,
    measure_training,
)
from metanet_tf.speed.machine import matrix_product_rate
from metanet_tf.speed.operations import Operations, count_operations, total_operations
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import Workload

Gradients = dict[str, list[tf.Tensor]]  # by W, Q, Z, G
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
    return _efficiency(workload, timer, measure_training, _operations(workload).total)


def classification_efficiency(
    workload: Workload, timer: Timer
) -> Efficiency[ClassificationCost]:
    """Measures learning a support set and answering its queries."""
    forward = _operations(workload).forward
    return _efficiency(workload, timer, measure_classification, forward)


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


def _operations(workload: Workload) -> Operations:
    case = workload.case
    parts = count_operations(workload.model, case.num_support, case.num_query)
    return total_operations(parts)


@dataclasses.dataclass(frozen=True)
class ReferenceCost:
    """Comparison of the model with the plain reference on one task.

    Attributes:
        case: of the task and the model.
        seconds: of loss and gradients, forward and backward in a `tf.function`.
        eager_seconds: the same run line by line, without a `tf.function`.
        runs: how many were timed in a `tf.function`.
        loss_difference: between L_train of the two, relative.
        gradient_difference: norm of the difference between the gradients of the two,
            relative; the largest among W, Q, Z and G.
    """

    case: BenchmarkCase
    seconds: float
    eager_seconds: float
    runs: int
    loss_difference: float
    gradient_difference: float


def measure_reference(workload: Workload, timer: Timer) -> ReferenceCost:
    """Times the reference and compares loss and gradients with the model's."""
    model, episode = workload.model, workload.episode

    def reference() -> tuple[tf.Tensor, Gradients]:
        return _loss_and_gradients(
            workload, lambda: plain_logits(model, *episode.inputs)
        )

    traced = tf.function(reference)
    timing = timer.time(traced)
    expected_loss, expected = traced()
    loss, gradients = _loss_and_gradients(
        workload, lambda: model(*episode.inputs).logits
    )
    return ReferenceCost(
        case=workload.case,
        seconds=timing.median,
        eager_seconds=timer.time(reference).median,
        runs=timing.runs,
        loss_difference=abs(float(loss / expected_loss) - 1.0),
        gradient_difference=max(
            _difference(gradients[part], expected[part]) for part in expected
        ),
    )


def _loss_and_gradients(
    workload: Workload, logits: Callable[[], tf.Tensor]
) -> tuple[tf.Tensor, Gradients]:
    with tf.GradientTape() as tape:
        losses = cross_entropy(logits(), workload.episode.query_labels)
        loss = tf.reduce_mean(losses)
    zero = tf.UnconnectedGradients.ZERO
    return loss, tape.gradient(loss, _theta(workload.model), unconnected_gradients=zero)


def _theta(model: MetaNet) -> dict[str, Any]:
    return {
        part: [variable.value for variable in variables]
        for part, variables in model.parts().items()
    }


def _difference(gradients: list[tf.Tensor], expected: list[tf.Tensor]) -> float:
    pairs = zip(gradients, expected, strict=True)
    norm = tf.linalg.global_norm([one - other for one, other in pairs])
    # A part that nothing flows to has a gradient of zero in both.
    return float(tf.math.divide_no_nan(norm, tf.linalg.global_norm(expected)))
