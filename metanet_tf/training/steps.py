"""Several training steps in one call, with the episodes that they need."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import tensorflow as tf

from metanet_tf.config import RunConfig
from metanet_tf.data.episodes import Episode, EpisodeSampler, Share, episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.training.step import Metrics, TrainStep


class Steps(Protocol):
    """Makes the steps from `first_step` on, one for each learning rate.

    Returns the metrics of the last one.
    """

    def __call__(self, first_step: int, learning_rates: Sequence[float]) -> Metrics: ...


def make_steps(
    train_step: TrainStep,
    classes: ImageClasses,
    config: RunConfig,
    strategy: tf.distribute.Strategy,
    first_step: int = 0,
) -> Steps:
    """Makes steps with the episodes of a run.

    Args:
        train_step: makes one update.
        classes: training classes.
        config: of the run; with `jit`, one device draws its own episodes, if the
            images are in memory.
        strategy: that of `train_step`.
        first_step: steps that have been made already.

    Raises:
        InputError: if `classes` have no room for an episode, or the settings do not
            fit each other.
    """
    training, draw = config.training, how_to_draw(config)
    per_step, replicas = training.episodes_per_step, strategy.num_replicas_in_sync
    if config.model.jit and replicas == 1 and not classes.is_mapped:
        sampler = EpisodeSampler(classes, config.episode, **draw)
        return CompiledSteps(train_step, sampler, per_step, training.steps_per_call)
    draw["start"] = first_step * per_step

    def shares(worker: tf.distribute.InputContext) -> tf.data.Dataset:
        """The episodes of this process, those of each of its replicas in a batch."""
        index, count = worker.input_pipeline_id, worker.num_input_pipelines
        share = Share(index, count, per_step // count) if count > 1 else None
        episodes = episode_dataset(classes, config.episode, **draw, share=share)
        return episodes.batch(per_step // replicas, drop_remainder=True).prefetch(2)

    distributed = strategy.distribute_datasets_from_function(shares)
    return StreamedSteps(train_step, iter(distributed))


def how_to_draw(config: RunConfig) -> dict[str, Any]:
    """Arguments of `episode_dataset` and `EpisodeSampler` for training's episodes."""
    return {
        "seed": config.training.seed,
        "distortion": config.data.distortion,
        "thickening": config.data.thickening,
        "flip": config.data.random_flip,
        "crop": config.data.random_crop,
        "colour": config.data.random_colour,
        "max_shots": config.training.max_shots,
        "episodes_per_step": config.training.episodes_per_step,
    }


class StreamedSteps:
    """Steps whose episodes a data pipeline draws ahead on the CPU.

    Args:
        train_step: makes one update.
        episodes: those of the steps to come, in turn; a share per replica.
    """

    def __init__(self, train_step: TrainStep, episodes: Iterator[Episode]) -> None:
        self._train_step = train_step
        self._episodes = episodes

    def __call__(self, first_step: int, learning_rates: Sequence[float]) -> Metrics:
        if len(learning_rates) > 1:
            return self._several(tf.constant(learning_rates))
        self._train_step.set_learning_rate(learning_rates[0])
        return self._train_step(next(self._episodes))

    @tf.function(reduce_retracing=True)
    def _several(self, learning_rates: tf.Tensor) -> Metrics:
        metrics = self._train_step.zeros()
        for learning_rate in learning_rates:
            self._train_step.set_learning_rate(learning_rate)
            metrics = self._train_step(next(self._episodes))
        return metrics


class CompiledSteps:
    """Steps that XLA compiles together with the drawing of their episodes.

    Nothing goes from or to the device between the steps of a call.

    Args:
        train_step: makes one update, on one device.
        sampler: made on that device.
        episodes_per_step: episodes whose gradients are averaged.
        steps_per_call: most steps of a call.
    """

    def __init__(
        self,
        train_step: TrainStep,
        sampler: EpisodeSampler,
        episodes_per_step: int,
        steps_per_call: int,
    ) -> None:
        self._train_step = train_step
        self._sampler = sampler
        self._episodes_per_step = episodes_per_step
        self._steps_per_call = steps_per_call

    def __call__(self, first_step: int, learning_rates: Sequence[float]) -> Metrics:
        count = len(learning_rates)
        unused = [0.0] * (self._steps_per_call - count)
        return self._several(
            tf.constant(first_step, tf.int64),
            tf.constant(count),
            tf.constant([*learning_rates, *unused]),
        )

    @tf.function(jit_compile=True)
    def _several(
        self, first_step: tf.Tensor, count: tf.Tensor, learning_rates: tf.Tensor
    ) -> Metrics:
        metrics = self._train_step.zeros()
        for index in tf.range(count):
            self._train_step.set_learning_rate(learning_rates[index])
            episodes = self._draw(first_step + tf.cast(index, tf.int64))
            metrics = self._train_step(episodes)
        return metrics

    def _draw(self, step: tf.Tensor) -> Episode:
        """The episodes of `step`, int64 scalar, with a leading axis."""
        count = self._episodes_per_step
        numbers = [
            self._sampler.random_numbers(step * count + index) for index in range(count)
        ]
        if count == 1:
            one = self._sampler.compose(numbers[0])
            return tf.nest.map_structure(lambda part: part[tf.newaxis], one)
        return tf.vectorized_map(
            self._sampler.compose, tf.stack(numbers), fallback_to_while_loop=False
        )
