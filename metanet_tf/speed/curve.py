"""Time and memory as tasks grow."""

import dataclasses
from collections.abc import Sequence

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.speed.benchmark_case import BenchmarkCase
from metanet_tf.speed.step_cost import (
    ClassificationCost,
    TrainingCost,
    measure_classification,
    measure_training,
)
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import make_workload

WAYS = (5, 10, 20, 50, 100)
_QUERIES_PER_CLASS = 5  # 500 queries at 100 ways


@dataclasses.dataclass(frozen=True)
class CurvePoint:
    """Costs at one number of ways; its task has N K + L `images`."""

    n_way: int
    images: int
    classification: ClassificationCost
    training: TrainingCost


def measure_curve(
    classes: ImageClasses,
    model: ModelConfig,
    timer: Timer,
    ways: Sequence[int] = WAYS,
) -> list[CurvePoint]:
    """Measures classification, then training, from the fewest ways to the most.

    In that order, because TensorFlow keeps the memory of what it did before.
    """
    cases = [
        BenchmarkCase(EpisodeConfig(n_way, 1, _QUERIES_PER_CLASS), model)
        for n_way in ways
    ]
    classification = [
        measure_classification(make_workload(classes, case), timer) for case in cases
    ]
    training = [measure_training(make_workload(classes, case), timer) for case in cases]
    sizes = [case.num_support + case.num_query for case in cases]
    return list(map(CurvePoint, ways, sizes, classification, training))
