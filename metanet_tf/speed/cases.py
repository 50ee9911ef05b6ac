"""Cases to measure: sizes of tasks and models."""

import dataclasses
import itertools
from typing import Any

from metanet_tf.config import BenchmarkConfig, EpisodeConfig, ModelConfig
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import read_layer_counts, read_numbers


@dataclasses.dataclass(frozen=True)
class BenchmarkCase:
    """A size of task and the model that learns it.

    Attributes:
        task: always 1-shot here.
        model: what the model consists of.
    """

    task: EpisodeConfig
    model: ModelConfig

    @property
    def num_support(self) -> int:
        """N, the support images of a task."""
        return self.task.n_way * self.task.k_shot

    @property
    def num_query(self) -> int:
        """L, the query images of a task."""
        return self.task.n_way * self.task.queries_per_class

    def __str__(self) -> str:
        layers = self.model.augmented_layers
        augmented = "all" if layers is None else f"last {layers} layers"
        return (
            f"{self.task.n_way}-way, {self.task.queries_per_class} queries per class, "
            f"{augmented} augmented"
        )


def benchmark_cases(config: BenchmarkConfig, model: ModelConfig) -> list[BenchmarkCase]:
    """Returns every combination of the ways, queries and augmented layers.

    Those with the first number of ways come first, since ways matter most to the
    memory that is needed.

    Args:
        config: `n_way`, `queries` and `augmented` are read.
        model: the rest of the model.

    Raises:
        InputError: if one of the three is not a list of numbers within bounds.
    """
    combinations = itertools.product(
        _given("n_way", read_numbers("n_way", config.n_way, minimum=2)),
        _given("augmented", read_layer_counts("augmented", config.augmented)),
        _given("queries", read_numbers("queries", config.queries, minimum=1)),
    )
    return [
        BenchmarkCase(
            EpisodeConfig(n_way=ways, k_shot=1, queries_per_class=queries),
            dataclasses.replace(model, augmented_layers=augmented),
        )
        for ways, augmented, queries in combinations
    ]


def _given(name: str, numbers: list[Any]) -> list[Any]:
    if not numbers:
        raise InputError(
            f"`{name}` must hold at least one number. Received none. Change --{name}."
        )
    return numbers
