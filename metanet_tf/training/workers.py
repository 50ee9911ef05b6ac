"""Several processes that train one run together, on one machine or on many.

Each computes its share of the episodes of a step. Worker 0 is the chief: what it
decides counts, and it alone reads and writes the run's folder.
"""

import contextlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from metanet_tf.config import EpisodeConfig, TrainingConfig
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.evaluation.accuracy import (
    Answers,
    Evaluation,
    Evaluator,
    evaluation_of,
)
from metanet_tf.training.cluster import WorkerLost, find_cluster
from metanet_tf.training.devices import make_strategy
from metanet_tf.utils.errors import InputError, reason_of

# How the others learn that one is gone, depending on what they were doing.
_SIGNS_OF_LOSS = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
)


class Workers:
    """This process and those that it trains with; by default there are none.

    Args:
        strategy: spreads a step over the devices of all workers.
        index: of this worker; 0 is the chief's.
        count: number of workers.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy | None = None,
        index: int = 0,
        count: int = 1,
    ) -> None:
        self.strategy = strategy or tf.distribute.get_strategy()
        self.index = index
        self.count = count
        any_number = tf.TensorSpec([None], tf.float64)
        self._sum = tf.function(self._sum_over_workers, input_signature=[any_number])

    @property
    def is_chief(self) -> bool:
        """True for the worker that decides and writes."""
        return self.index == 0

    def agree(
        self, seconds: float, signal_number: int | None
    ) -> tuple[float, int | None]:
        """Returns the chief's seconds, and the signal that any worker has received."""
        if self.count == 1:
            return seconds, signal_number
        everyone = self.gathered(np.array([[seconds, signal_number or 0]]))
        return float(everyone[0, 0]), int(everyone[:, 1].max()) or None

    def wait(self) -> None:
        """Waits until every worker has come here."""
        self.gathered(np.zeros([1]))

    @contextlib.contextmanager
    def chief_first(self) -> Iterator[None]:
        """Lets the other workers in when the chief has come out."""
        if not self.is_chief:
            self.wait()
        yield
        if self.is_chief:
            self.wait()

    def gathered(self, values: np.ndarray) -> np.ndarray:
        """Concatenates the arrays of all workers, which have the same shape."""
        if self.count == 1:
            return values
        places = np.zeros([self.count, values.size])
        places[self.index] = np.ravel(values)
        everyone = self._sum(np.ravel(places)).numpy().astype(values.dtype)
        return everyone.reshape([-1, *values.shape[1:]])

    def copy_chief(self, variables: Sequence[Any]) -> None:
        """Gives variables of TensorFlow or Keras the values that the chief's have."""
        if self.count == 1:
            return
        values = [variable.numpy() for variable in variables]
        flat = np.concatenate([np.ravel(value).astype(np.float64) for value in values])
        flat = self._sum(flat if self.is_chief else np.zeros_like(flat)).numpy()
        ends = np.cumsum([value.size for value in values])
        parts = np.split(flat, ends[:-1])
        for variable, value, part in zip(variables, values, parts, strict=True):
            variable.assign(part.reshape(value.shape).astype(value.dtype))

    def evaluate(
        self,
        evaluator: Evaluator,
        classes: ImageClasses,
        config: EpisodeConfig,
        *,
        episodes: int,
        seed: int,
        between_tasks: Callable[[], object] = lambda: None,
    ) -> Evaluation:
        """Returns what `evaluator.evaluate` does; each worker answers a share."""
        share = -(-episodes // self.count)  # Rounded up; what is too much is cut off.
        answers = evaluator.answers(
            classes,
            config,
            episodes=share,
            seed=seed,
            start=self.index * share,
            between_tasks=between_tasks,
        )
        everyone = (self.gathered(part)[:episodes] for part in answers)
        return evaluation_of(Answers(*everyone), config)

    @contextlib.contextmanager
    def losses_reported(self) -> Iterator[None]:
        """Turns TensorFlow's errors after the end of another worker into WorkerLost."""
        try:
            yield
        except _SIGNS_OF_LOSS as error:
            if self.count == 1:
                raise
            raise _lost(error) from error

    def _sum_over_workers(self, values: tf.Tensor) -> tf.Tensor:
        """The sum of float64 [any], of which all but one are zero at each place."""
        replicas_here = self.strategy.num_replicas_in_sync // self.count

        def on_replica(values: tf.Tensor) -> tf.Tensor:
            replicas = tf.distribute.get_replica_context()
            is_first = replicas.replica_id_in_sync_group % replicas_here == 0
            own = tf.where(is_first, values, tf.zeros_like(values))
            return replicas.all_reduce(tf.distribute.ReduceOp.SUM, own)

        sums = self.strategy.run(on_replica, args=(values,))
        return self.strategy.experimental_local_results(sums)[0]


def join_workers(config: TrainingConfig) -> Workers:
    """Meets the other workers, if `config` says that there are any.

    Before anything else of TensorFlow is used.

    Raises:
        InputError: if the environment does not say who the workers are, or the
            episodes of a step cannot be shared out evenly.
        WorkerLost: if one of them does not come.
    """
    if config.strategy != "multi_worker":
        return Workers(make_strategy(config))
    cluster = find_cluster()
    count = len(cluster.addresses)
    if count == 1:
        return Workers(make_strategy(config))
    gpus = len(tf.config.list_physical_devices("GPU"))
    _check_shares(config, count, gpus)
    print(
        f"Worker {cluster.index} of {count} at {cluster.addresses[cluster.index]} "
        "waits for the others ...",
        file=sys.stderr,
    )
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": cluster.addresses}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": gpus},
        rpc_layer="grpc",
    )
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except _SIGNS_OF_LOSS as error:
        raise _lost(error) from error
    return Workers(strategy, cluster.index, count)


def _check_shares(config: TrainingConfig, count: int, gpus: int) -> None:
    devices = count * max(gpus, 1)
    if config.episodes_per_step % devices:
        raise InputError(
            "`episodes_per_step` must be a multiple of the number of devices of all "
            f"workers, {devices}, with --strategy=multi_worker. Received: "
            f"{config.episodes_per_step}. Change --episodes_per_step, which a run that "
            "has begun keeps, or the number of workers."
        )


def _lost(error: tf.errors.OpError) -> WorkerLost:
    reason = reason_of(error)
    aborted = re.search("aborted by: (.*)", reason)
    return WorkerLost(
        "Another worker of this run has ended or cannot be reached "
        f"({aborted[1] if aborted else reason}). If it has given no "
        "reason, start the same command again on every machine: the run goes on from "
        "its last checkpoint."
    )
