"""A training step and a classification, each as a whole."""

import dataclasses
import statistics
import time

import tensorflow as tf

from metanet_tf.model import Prediction, TaskMemory
from metanet_tf.speed.process_memory import peak_memory, reset_peak
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import Workload


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
    adapting = timer.time(lambda: adapt(*episode[:2]))
    task_memory = adapt(*episode[:2])
    classifying = timer.time(lambda: classify(task_memory))
    return ClassificationCost(
        adapt_seconds=adapting.median,
        classify_seconds=classifying.median,
        seconds_per_query=classifying.median / workload.case.num_query,
        peak_memory=peak_memory(),
    )
