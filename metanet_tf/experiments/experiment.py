"""Declaration of an experiment: accuracies to measure, and their table or figure."""

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from metanet_tf.config import DataConfig, EpisodeConfig
from metanet_tf.evaluation.accuracy import Mean
from metanet_tf.experiments.runs import NeededRun
from metanet_tf.learners import build_base_learner
from metanet_tf.model import MetaNet
from metanet_tf.training.trained_model import copy_meta_weights, load_trained_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Labels = Mapping[str, str | int]

# Of the random slow weights, the same for every snapshot.
_SEED = 0


class Change(NamedTuple):
    """Makes another model of a run's model before it is tested.

    Attributes:
        name: part of a file's name.
        apply: takes the run's model, which it may change, and returns the other.
    """

    name: str
    apply: Callable[[MetaNet], MetaNet]


@dataclasses.dataclass(frozen=True)
class Measurement:
    """An accuracy to measure: that of a run's model on tasks of one size.

    Attributes:
        run: whose model is tested.
        labels: what it is called in the experiment's table, by column.
        data: where the tasks come from.
        task: their size.
        paper: the paper's number in %, if it has one.
        split: which classes the tasks are of: test or training.
        step: of the snapshot that is tested; None: the model of the best validation.
        change: what is done to the model before.
    """

    run: NeededRun
    labels: Labels
    data: DataConfig
    task: EpisodeConfig
    paper: float | None = None
    split: str = "test"
    step: int | None = None
    change: Change | None = None

    @classmethod
    def of(cls, run: NeededRun, labels: Labels, **settings: Any) -> "Measurement":
        """Makes a measurement on the data and tasks of `run`, unless others are given.

        Args:
            run: whose model is tested.
            labels: columns of the experiment's table.
            **settings: the other attributes.
        """
        own = {"data": run.config.data, "task": run.config.episode}
        return cls(run, labels, **own | settings)

    @property
    def name(self) -> str:
        """Name that tells it from other measurements of the run; good for a file."""
        parts = [self.data.dataset, self.split, f"{self.task.n_way}way"]
        if self.step is not None:
            parts.append(f"step_{self.step}")
        if self.change:
            parts.append(self.change.name)
        return "_".join(parts)


class Result(NamedTuple):
    """Result of a measurement.

    Attributes:
        measurement: what was measured.
        accuracy: of the predictions.
        attention_accuracy: of the attention alone.
        training_episodes: tasks that the model was trained on.
        training_seconds: how long that took.
        seed: of the run.
    """

    measurement: Measurement
    accuracy: Mean
    attention_accuracy: Mean
    training_episodes: int
    training_seconds: float
    seed: int


class Row(NamedTuple):
    """A row of the experiment's table.

    Attributes:
        labels: by column.
        paper: the paper's number in %, if it has one.
        ours: share in [0, 1], or difference of shares; its half-width is NaN where
            there is no interval.
        training_episodes: tasks that were trained on.
        training_seconds: how long that took.
        seed: of the run, or of all the runs.
    """

    labels: Labels
    paper: float | None
    ours: Mean
    training_episodes: int
    training_seconds: float
    seed: str


def row_of_each(results: Sequence[Result]) -> list[Row]:
    """Returns a row for each result."""
    return [
        Row(
            result.measurement.labels,
            result.measurement.paper,
            result.accuracy,
            result.training_episodes,
            result.training_seconds,
            str(result.seed),
        )
        for result in results
    ]


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A table or figure of the paper.

    Attributes:
        title: above the table.
        measurements: in the order in which they are made, run after run. Those of
            snapshots that a run does not reach in its time are left out.
        rows: makes the table's rows from the results that are there so far.
        draw: draws them, if the paper has a figure.
        notes: sentences below the table.
    """

    title: str
    measurements: Sequence[Measurement]
    rows: Callable[[Sequence[Result]], list[Row]] = row_of_each
    draw: Callable[["Figure", Sequence[Row]], None] | None = None
    notes: Sequence[str] = ()

    @property
    def runs(self) -> list[NeededRun]:
        """The runs whose models are tested, in the order of the measurements."""
        by_name = {m.run.name: m.run for m in self.measurements}
        return list(by_name.values())


def random_base_learner(filters: int) -> Change:
    """Replaces b by a CNN of random slow weights that nobody has trained.

    Its fast weights come from the trained m, which works on single coordinates and so
    does not care how many there are; u, d and the memory's attention stay. It works
    on images, whatever the b before it worked on.
    """

    def apply(model: MetaNet) -> MetaNet:
        config = dataclasses.replace(
            model.config,
            learner="cnn",
            base_input="image",
            filters=filters,
            max_filters=None,
        )
        model.base_learner = build_base_learner(
            config, model.image_shape, model.n_way, itertools.count(_SEED)
        )
        return model

    return Change(f"random_b_{filters}", apply)


def meta_weights_into(run: NeededRun) -> Change:
    """Puts the model's Z and G into the best model of `run`, beside its W and Q."""

    def apply(model: MetaNet) -> MetaNet:
        target, _ = load_trained_model(run.config.training.train_dir)
        copy_meta_weights(model, target)
        return target

    return Change(f"meta_weights_into_{run.name}", apply)
