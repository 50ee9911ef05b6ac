#!/usr/bin/env python3
"""Trains Prototypical Networks in PyTorch on the tasks that MetaNet trains on.

    pip install -e '.[peers]'
    python benchmarks/prototypical_networks.py --minutes=10 --json=peer.json

Snell et al. 2017: a class is the mean of its embedded support images, and a query
belongs to the nearest class by squared Euclidean distance. Images, division of
classes, rotations, distortion and tasks are those of metanet_tf; 1-shot.

The JSON file holds accuracy on validation and on test classes against the seconds of
training, which leave out loading and evaluating. It is written anew after every
evaluation, so that ^C costs little.

Flags:
"""

import dataclasses
import itertools
import pathlib
import shlex
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from metanet_tf.commands import command
from metanet_tf.config import (
    MAX_SEED,
    PREPARATIONS,
    DataConfig,
    EpisodeConfig,
    TrainingConfig,
)
from metanet_tf.utils.files import file_errors, write_json
from metanet_tf.utils.flag_settings import CheckedConfig, Config, from_flags, setting
from metanet_tf.utils.versions import versions

with command.quiet_import():
    from metanet_tf.data import load_for_training
    from metanet_tf.data.episodes import check_every_part, episode_dataset
    from metanet_tf.data.image_classes import ImageClasses
    from metanet_tf.evaluation.accuracy import Mean, mean_with_interval
    from metanet_tf.speed.machine import machine
    from metanet_tf.training.run import EVALUATION_SEED
    from metanet_tf.training.schedule import learning_rate

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
BLOCKS = 4
K_SHOT = 1


@dataclasses.dataclass(frozen=True)
class PeerConfig(CheckedConfig):
    """Settings of training and evaluation."""

    dataset: str = setting("omniglot", "Data set, one of metanet_tf's.")
    data_dir: str = setting("", "Folder of TFDS data. Empty: TFDS's own.", path=True)
    class_split: str = setting("previous", "Omniglot's division: previous or standard.")
    rotations: bool = setting(True, "Add training classes rotated by 90, ... degrees.")
    reflections: bool = setting(False, "Add mirrored training classes.")
    preparation: str = setting(
        "none", "How pictures become images.", choices=PREPARATIONS
    )
    distortion: float = setting(
        0.0, "Strength of small changes of training images, >= 0.", minimum=0.0
    )
    n_way: int = setting(20, "Classes per task (n-way), >= 2.", minimum=2)
    queries_per_class: int = setting(
        5, "Query images per class of a task, >= 1.", minimum=1
    )
    test_n_way: int | None = setting(
        None,
        "Classes per task that it is tested on, >= 2; as_trained: --n_way.",
        kind=int,
        none="as_trained",
        minimum=2,
    )
    test_queries: int | None = setting(
        None,
        "Query images per class of those tasks, >= 1; as_trained: --queries_per_class.",
        kind=int,
        none="as_trained",
        minimum=1,
    )
    filters: int = setting(64, "Filters of the first convolution, >= 1.", minimum=1)
    max_filters: int = setting(
        64, "Filters double from block to block up to so many, >= 1.", minimum=1
    )
    mixed_precision: bool = setting(
        False, "Train in bfloat16, weights and distances in float32."
    )
    steps: int = setting(100_000, "Training steps, of one task each, >= 1.", minimum=1)
    minutes: float | None = setting(
        10.0,
        "Stop after this many minutes of training, > 0; unlimited: not before --steps.",
        none="unlimited",
        minimum=1e-6,
    )
    learning_rate: float = setting(
        1e-3, "Adam's initial learning rate, > 0.", minimum=1e-12
    )
    learning_rate_schedule: str = setting(
        "cosine",
        "constant; or cosine: to zero over --steps or --minutes, which ends before.",
        choices=("constant", "cosine"),
    )
    seed: int = setting(
        0,
        "Seed of the initial weights and of the training tasks, in [0, 2**63).",
        minimum=0,
        maximum=MAX_SEED,
    )
    evaluate_every: int = setting(250, "Steps between evaluations, >= 1.", minimum=1)
    points: int | None = setting(
        None,
        "Evaluate after equal parts of --minutes, so many times, on --test_episodes "
        "tasks of test classes alone; never: after --evaluate_every steps.",
        kind=int,
        none="never",
        minimum=1,
    )
    evaluation_episodes: int = setting(
        100, "Tasks of an evaluation, from either set of classes, >= 2.", minimum=2
    )
    test_episodes: int = setting(400, "The same of the last one, >= 2.", minimum=2)
    json: str = setting("", "JSON file for the results. Empty: no file.", path=True)


class Task(NamedTuple):
    """An `Episode` in PyTorch: images float32 [n, C, H, W], labels int64 [n]."""

    support_images: torch.Tensor
    support_labels: torch.Tensor
    query_images: torch.Tensor
    query_labels: torch.Tensor


class PrototypicalNetwork(nn.Module):
    """Names queries by the nearest mean of embedded support images.

    Args:
        channels: of the images.
        config: `filters`, `max_filters` and `mixed_precision` are read.
    """

    def __init__(self, channels: int, config: PeerConfig) -> None:
        super().__init__()
        self._mixed_precision = config.mixed_precision
        filters = (config.filters * 2**block for block in range(BLOCKS))
        filters = (max(config.filters, min(f, config.max_filters)) for f in filters)
        widths = itertools.pairwise([channels, *filters])
        self.embed = nn.Sequential(*itertools.starmap(_block, widths), nn.Flatten())
        # A quarter faster on a CPU than PyTorch's own order.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, task: Task) -> torch.Tensor:
        """Returns logits of a task's queries, float32 [queries, classes]."""
        # Together: in training, one batch's statistics normalise both.
        images = torch.cat([task.support_images, task.query_images])
        is_mixed = self._mixed_precision and self.training
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=is_mixed):
            embeddings = self.embed(images)
        embeddings = embeddings.float()
        support, query = embeddings.tensor_split([len(task.support_images)])
        return -squared_distances(query, prototypes(support, task.support_labels))


def _block(channels_in: int, channels_out: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


def prototypes(embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean of the embeddings [n, size] of each label in [0, classes)."""
    members = functional.one_hot(labels).to(embeddings.dtype)
    return members.T @ embeddings / members.sum(dim=0)[:, None]


def squared_distances(queries: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Squared Euclidean distances of [n, size] and [m, size], [n, m]."""
    return (queries[:, None] - points[None]).square().sum(dim=-1)


def task_loss(network: nn.Module, task: Task) -> torch.Tensor:
    """Mean cross-entropy of a task's queries."""
    return functional.cross_entropy(network(task), task.query_labels)


def train_step(
    network: nn.Module, optimizer: torch.optim.Optimizer, task: Task, rate: float
) -> None:
    """Makes one update of the weights at a learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    task_loss(network, task).backward()
    optimizer.step()


def evaluate(
    network: nn.Module, classes: ImageClasses, size: EpisodeConfig, episodes: int
) -> Mean:
    """Accuracy on the tasks that MetaNet is tested on, with running statistics."""
    stream = draw_tasks(classes, size, EVALUATION_SEED)
    network.eval()
    with torch.inference_mode():
        answers = [
            _are_right(network, task) for task in itertools.islice(stream, episodes)
        ]
    network.train()
    return mean_with_interval(np.stack(answers).mean(axis=1))


def _are_right(network: nn.Module, task: Task) -> np.ndarray:
    return (network(task).argmax(dim=1) == task.query_labels).cpu().numpy()


def draw_tasks(
    classes: ImageClasses, size: EpisodeConfig, seed: int, distortion: float = 0.0
) -> Iterator[Task]:
    """Yields the endless stream of `episode_dataset`."""
    episodes = episode_dataset(classes, size, seed=seed, distortion=distortion)
    for episode in episodes.as_numpy_iterator():
        yield Task(
            _tensor(episode.support_images).permute(0, 3, 1, 2),
            _tensor(episode.support_labels).long(),
            _tensor(episode.query_images).permute(0, 3, 1, 2),
            _tensor(episode.query_labels).long(),
        )


def _tensor(values: np.ndarray) -> torch.Tensor:
    """Copies: PyTorch warns of arrays that may not be written."""
    return torch.from_numpy(values.copy()).to(DEVICE)


class Peer:
    """Trains a network and keeps what it reached after how many seconds.

    Args:
        config: all settings.

    Raises:
        InputError: if the data are missing or have no room for a task.
    """

    def __init__(self, config: PeerConfig) -> None:
        self._config = config
        self._size = EpisodeConfig(config.n_way, K_SHOT, config.queries_per_class)
        self._test_size = dataclasses.replace(
            self._size,
            n_way=config.test_n_way or config.n_way,
            queries_per_class=config.test_queries or config.queries_per_class,
        )
        self._dataset = load_for_training(_shared(config, DataConfig))
        check_every_part(self._dataset, self._size, self._test_size)
        torch.manual_seed(config.seed)
        channels = self._dataset.training.image_shape[-1]
        self._network = PrototypicalNetwork(channels, config).to(DEVICE)
        self._training = _shared(config, TrainingConfig)
        self._optimizer = torch.optim.Adam(self._network.parameters())
        self._steps = 0
        self._seconds = 0.0
        self._results = _described(config) | {"validation": [], "test": []}

    def run(self) -> None:
        """Trains to the end, evaluating now and then.

        Raises:
            InputError: if the JSON file cannot be written.
        """
        self._write()  # Rather learn now that it can't be than after minutes.
        training = draw_tasks(
            self._dataset.training,
            self._size,
            self._config.seed,
            self._config.distortion,
        )
        while not self._is_over():
            self._train(training)
            self._evaluate()
            self._write()

    def _is_over(self) -> bool:
        minutes = self._config.minutes
        limit = float("inf") if minutes is None else 60 * minutes
        return self._steps >= self._config.steps or self._seconds >= limit

    def _train(self, training: Iterator[Task]) -> None:
        """Goes on until an evaluation is due."""
        is_due = False
        while not is_due and not self._is_over():
            began = time.monotonic()
            rate = learning_rate(self._training, self._steps, self._seconds)
            train_step(self._network, self._optimizer, next(training), rate)
            self._seconds += time.monotonic() - began
            self._steps += 1
            is_due = self._is_due()

    def _is_due(self) -> bool:
        config = self._config
        if config.points is None or config.minutes is None:
            return self._steps % config.evaluate_every == 0
        done = len(self._results["test"])
        return self._seconds >= 60 * config.minutes * (done + 1) / config.points

    def _evaluate(self) -> None:
        config = self._config
        last = config.points is not None or self._is_over()
        episodes = config.test_episodes if last else config.evaluation_episodes
        line = f"step {self._steps}, {self._seconds:.1f} s:"
        for split in ("test",) if config.points else ("validation", "test"):
            classes = getattr(self._dataset, split)
            accuracy = evaluate(self._network, classes, self._test_size, episodes)
            self._results[split].append(self._point(accuracy, episodes))
            line += f"  {split} {accuracy}"
        print(line, flush=True)

    def _point(self, accuracy: Mean, episodes: int) -> dict[str, Any]:
        return {
            "seconds": round(self._seconds, 2),
            "steps": self._steps,
            "accuracy": accuracy.value,
            "half_width": accuracy.half_width,
            "episodes": episodes,
        }

    def _write(self) -> None:
        if self._config.json:
            with file_errors("json", self._config.json):
                write_json(pathlib.Path(self._config.json), self._results)


def _shared(config: PeerConfig, other: type[Config]) -> Config:
    """Another kind of settings with those that `config` has of it."""
    names = {field.name for field in dataclasses.fields(other)}
    values = dataclasses.asdict(config).items()
    return other(**{name: value for name, value in values if name in names})


def _described(config: PeerConfig) -> dict[str, Any]:
    """Settings, machine and versions of the results."""
    settings = dataclasses.asdict(config) | {
        "k_shot": K_SHOT,
        "blocks": BLOCKS,
    }
    return {
        "name": "Prototypical Networks",
        "settings": settings,
        "command": shlex.join(sys.argv),
        "versions": versions() | {"torch": torch.__version__},
        "machine": machine() | {"threads": torch.get_num_threads()},
    }


def main() -> None:
    """Runs the command."""
    torch.set_num_threads(machine()["cores"])
    command.run(lambda: Peer(from_flags(PeerConfig)).run(), [PeerConfig], __doc__)


if __name__ == "__main__":
    main()
