"""Time and memory of training steps, classifications and answers of an export."""

import dataclasses
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.episodes import Episode
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.model import Prediction, TaskMemory
from metanet_tf.saved_model.export import export_model
from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.speed.machine import current_memory, peak_memory, reset_peak
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import Workload, make_workload
from metanet_tf.utils.errors import InputError

NUM_QUERIES = (1, 1000)
WAYS = (5, 10, 20, 50, 100)
_QUERIES_PER_CLASS = 5  # 500 queries at 100 ways
_SAMPLES = 10


@dataclasses.dataclass(frozen=True)
class TrainingCost:
    """Time and memory of a training step.

    Attributes:
        seconds: from asking for an episode to the end of the update.
        waiting_seconds: the part of it until the episode was there.
        runs: how many steps were timed.
        peak_memory: of the process meanwhile, bytes.
        traces: how often the step was traced.
    """

    seconds: float
    waiting_seconds: float
    runs: int
    peak_memory: int
    traces: int


@dataclasses.dataclass(frozen=True)
class ClassificationCost:
    """Time and memory of learning a support set and answering queries.

    Attributes:
        adapt_seconds: to learn the support.
        classify_seconds: to answer all queries of a task.
        seconds_per_query: a query's share of it.
        peak_memory: of the process meanwhile, bytes.
    """

    adapt_seconds: float
    classify_seconds: float
    seconds_per_query: float
    peak_memory: int

    @property
    def seconds(self) -> float:
        """Seconds of a whole task."""
        return self.adapt_seconds + self.classify_seconds


def measure_training(workload: Workload, timer: Timer) -> TrainingCost:
    """Times training steps with their input pipeline."""
    waiting = []

    def step() -> None:
        began = time.perf_counter()
        episodes = next(workload.batches)
        waiting.append(time.perf_counter() - began)
        workload.train_step(episodes)

    reset_peak()
    timing = timer.time(step)
    return TrainingCost(
        seconds=timing.median,
        waiting_seconds=statistics.median(waiting[-timing.runs :]),
        runs=timing.runs,
        peak_memory=peak_memory(),
        traces=workload.train_step.num_traces,
    )


def measure_classification(workload: Workload, timer: Timer) -> ClassificationCost:
    """Times both halves of Algorithm 1 without training."""
    model, episode = workload.model, workload.episode
    adapt = tf.function(model.adapt)

    @tf.function
    def classify(task_memory: TaskMemory) -> Prediction:
        # A traced function returns tensors alone; the number of ways is a constant.
        memory = task_memory._replace(n_way=model.n_way)
        return model.classify(memory, episode.query_images)

    reset_peak()
    adapting = timer.time(lambda: adapt(*episode.support))
    task_memory = adapt(*episode.support)
    classifying = timer.time(lambda: classify(task_memory))
    return ClassificationCost(
        adapt_seconds=adapting.median,
        classify_seconds=classifying.median,
        seconds_per_query=classifying.median / workload.case.num_query,
        peak_memory=peak_memory(),
    )


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


@dataclasses.dataclass(frozen=True)
class MemoryCourse:
    """Resident memory of the process during training.

    Attributes:
        case: of the task and the model.
        steps: at which it was read, at ten even intervals.
        memory: bytes at each.
        traces: how often the step was traced.
    """

    case: BenchmarkCase
    steps: list[int]
    memory: list[int]
    traces: int


def measure_memory_course(workload: Workload, steps: int) -> MemoryCourse:
    """Trains for `steps`, rounded up to a multiple of ten, and reads the memory.

    Raises:
        InputError: if this system does not tell the memory of a process.
    """
    interval = -(-steps // _SAMPLES)
    memory = []
    for _ in range(_SAMPLES):
        for _ in range(interval):
            workload.train_step(next(workload.batches))
        memory.append(_memory(steps))
    read_at = [interval * (index + 1) for index in range(_SAMPLES)]
    return MemoryCourse(workload.case, read_at, memory, workload.train_step.num_traces)


def _memory(steps: int) -> int:
    memory = current_memory()
    if memory is None:
        raise InputError(
            "`memory_steps` needs /proc to read memory from, which is not here. "
            f"Received: {steps}. Leave out --memory_steps."
        )
    return memory


@dataclasses.dataclass(frozen=True)
class SavedModelCost:
    """Time of a call of the signature `classify`, the support included.

    Attributes:
        case: of the task and the model.
        seconds_by_queries: by the number of queries.
    """

    case: BenchmarkCase
    seconds_by_queries: dict[int, float]


def measure_saved_model(workload: Workload, timer: Timer) -> SavedModelCost:
    """Exports the model to a temporary folder, loads it and times its answers."""
    with tempfile.TemporaryDirectory() as folder:
        export_dir = str(pathlib.Path(folder, "export"))
        export_model(workload.model, export_dir)
        loaded = tf.saved_model.load(export_dir)
        seconds = {
            count: timer.time(_call(loaded, workload.episode, count)).median
            for count in NUM_QUERIES
        }
    return SavedModelCost(workload.case, seconds)


def _call(loaded: Any, episode: Episode, num_queries: int) -> Callable[[], Any]:
    """Returns a call with the support of `episode` and its queries, over and over."""
    classify, queries = loaded.signatures["classify"], episode.query_images
    rounds = -(-num_queries // queries.shape[0])
    queries = tf.tile(queries, [rounds, 1, 1, 1])[:num_queries]
    return lambda: classify(
        support_images=episode.support_images,
        support_labels=episode.support_labels,
        query_images=queries,
    )
