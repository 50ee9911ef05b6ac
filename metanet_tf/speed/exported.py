"""Latency of the exported SavedModel."""

import dataclasses
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from metanet_tf.data.episodes import Episode
from metanet_tf.serving.export import export_model
from metanet_tf.speed.benchmark_case import BenchmarkCase
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import Workload

NUM_QUERIES = (1, 1000)


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
