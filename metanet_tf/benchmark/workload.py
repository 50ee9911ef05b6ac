"""A model in training on drawn glyphs, ready to be measured."""

import dataclasses
from collections.abc import Iterator

import keras

from metanet_tf.benchmark.setting import Setting
from metanet_tf.config import TrainingConfig
from metanet_tf.datasets.image_classes import ImageClasses
from metanet_tf.episodes import Episode, episode_dataset
from metanet_tf.model import MetaNet
from metanet_tf.training.devices import make_strategy
from metanet_tf.training.step import TrainStep, make_optimizer


@dataclasses.dataclass(frozen=True)
class Workload:
    """What a training run works with.

    Attributes:
        setting: what it was made for.
        model: untrained.
        optimizer: of `train_step`.
        train_step: the training loop's own.
        batches: endless; each is one episode with a leading axis, as `train_step`
            takes them.
        episode: one task, without that axis.
    """

    setting: Setting
    model: MetaNet
    optimizer: keras.optimizers.Optimizer
    train_step: TrainStep
    batches: Iterator[Episode]
    episode: Episode


def make_workload(classes: ImageClasses, setting: Setting) -> Workload:
    """Makes the model and the input pipeline of `setting`.

    Raises:
        InputError: if `classes` has no room for its tasks.
    """
    config = TrainingConfig()
    episodes = episode_dataset(classes, setting.task, seed=config.seed)
    model = MetaNet(
        setting.model,
        n_way=setting.task.n_way,
        k_shot=setting.task.k_shot,
        image_shape=classes.image_shape,
    )
    optimizer = make_optimizer(config)
    optimizer.build(model.trainable_variables)
    return Workload(
        setting,
        model,
        optimizer,
        TrainStep(model, optimizer, config, make_strategy(config)),
        iter(episodes.batch(1, drop_remainder=True).prefetch(2)),
        next(iter(episodes)),
    )
