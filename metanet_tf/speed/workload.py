"""A model in training on drawn glyphs, ready to be measured."""

import dataclasses
from collections.abc import Iterator

import keras

from metanet_tf.config import TrainingConfig
from metanet_tf.data.episodes import Episode, episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.model import MetaNet
from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.training.devices import make_strategy
from metanet_tf.training.step import TrainStep, make_optimizer


@dataclasses.dataclass(frozen=True)
class Workload:
    """Model, training step and episodes of a training run.

    Attributes:
        case: what it was made for.
        model: untrained.
        optimizer: of `train_step`.
        train_step: the training loop's own.
        batches: endless; each is one episode with a leading axis, as `train_step`
            takes them.
        episode: one task, without that axis.
    """

    case: BenchmarkCase
    model: MetaNet
    optimizer: keras.optimizers.Optimizer
    train_step: TrainStep
    batches: Iterator[Episode]
    episode: Episode


def make_workload(classes: ImageClasses, case: BenchmarkCase) -> Workload:
    """Makes the model and the input pipeline of `case`.

    Raises:
        InputError: if `classes` has no room for its tasks.
    """
    config = TrainingConfig()
    episodes = episode_dataset(classes, case.task, seed=config.seed)
    model = MetaNet(
        case.model,
        n_way=case.task.n_way,
        k_shot=case.task.k_shot,
        image_shape=classes.image_shape,
    )
    optimizer = make_optimizer(config)
    optimizer.build(model.trainable_variables)
    return Workload(
        case,
        model,
        optimizer,
        TrainStep(model, optimizer, config, make_strategy(config)),
        iter(episodes.batch(1, drop_remainder=True).prefetch(2)),
        next(iter(episodes)),
    )
