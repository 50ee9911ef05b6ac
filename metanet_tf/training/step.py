"""One update of theta = {W, Q, Z, G}, traced once."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import keras
import tensorflow as tf

from metanet_tf.config import TrainingConfig
from metanet_tf.data.episodes import Episode
from metanet_tf.memory import attention_class_probabilities
from metanet_tf.meta_information import cross_entropy
from metanet_tf.model import MetaNet, Prediction
from metanet_tf.training.class_loss import ClassLoss
from metanet_tf.utils.keras_settings import float32_by_default

Metrics = dict[str, tf.Tensor]


class _Means(NamedTuple):
    """Means over the episodes of a step.

    Attributes:
        gradients: of the objective, by each trainable variable.
        statistics: new values of the moving statistics.
        metrics: scalars by name.
    """

    gradients: list[tf.Tensor]
    statistics: list[tf.Tensor]
    metrics: Metrics


class TrainStep:
    """Updates `model` by the mean gradient over the episodes of a step.

    Args:
        model: made in the scope of `strategy`.
        optimizer: from `make_optimizer`, in the same scope.
        config: `clip_norm` and what is said of auxiliary losses are read.
        strategy: spreads a step over devices.
        class_loss: made in the same scope; None if `config.class_loss_weight` is 0.

    Call arguments:
        episodes: one `Episode` per replica, each part with a leading axis of
            static size: the episodes whose gradients are averaged there.

    An update is left out if the loss or the gradient is not finite, and so are all
    after it unless `config.skip_nonfinite`: theta stays as it was.

    Returns:
        Scalars by name, means over the episodes before the update: `loss`,
        `attention_loss`, `accuracy`, `attention_accuracy`, `class_loss` if there is
        one, `learning_rate`,
        `gradient_norm/theta` and `gradient_norm/W`, Q, Z, G before clipping; and
        `updates_left_out` so far.
    """

    def __init__(
        self,
        model: MetaNet,
        optimizer: keras.optimizers.Optimizer,
        config: TrainingConfig,
        strategy: tf.distribute.Strategy,
        class_loss: ClassLoss | None = None,
    ) -> None:
        self._model = model
        self._class_loss = class_loss
        self._variables = trained_variables(model, class_loss)
        self._optimizer = optimizer
        self._config = config
        self._strategy = strategy
        self._statistics = model.moving_statistics()
        self._left_out = tf.Variable(0, dtype=tf.int64, trainable=False)
        jit = model.config.jit or None
        # Autograph would read the source of all that is called, for a second or so.
        self._compute = tf.function(
            self._mean_over_episodes, jit_compile=jit, autograph=False
        )
        # All of it on one device, so that no small operation is left for itself.
        is_alone = strategy.num_replicas_in_sync == 1
        self._step = tf.function(
            self._on_replicas,
            jit_compile=jit if is_alone else None,
            autograph=False,
            reduce_retracing=True,  # Once for all numbers of shots.
        )

    def __call__(self, episodes: Episode) -> Metrics:
        return self._step(episodes)

    @property
    def num_traces(self) -> int:
        """Number of times that the step has been traced."""
        return self._step.experimental_get_tracing_count()

    @property
    def updates_left_out(self) -> int:
        """Number of updates whose loss or gradient was not finite, and of later ones.

        To ask for it is to wait for the step that is being made.
        """
        return int(self._left_out.numpy())

    def zeros(self) -> Metrics:
        """Metrics of no step at all, with the names and types of those of a step."""
        parts = ("theta", *self._model.parts())
        norms = [f"gradient_norm/{part}" for part in parts]
        losses = self._episode_metrics
        names = (*losses, "learning_rate", *norms, "updates_left_out")
        return {name: tf.zeros([]) for name in names}

    def set_learning_rate(self, value: float | tf.Tensor) -> None:
        """Sets the learning rate of the steps to come."""
        self._optimizer.learning_rate.assign(value)

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Gives the model the running average of theta, if one is kept, for a while."""
        if not self._optimizer.use_ema:
            yield
            return
        variables = self._variables
        kept = [tf.identity(variable.value) for variable in variables]
        self._optimizer.finalize_variable_values(variables)
        try:
            yield
        finally:
            for variable, value in zip(variables, kept, strict=True):
                variable.assign(value)

    def _on_replicas(self, episodes: Episode) -> Metrics:
        changes, metrics = self._strategy.run(self._measure_changes, args=(episodes,))
        metrics = {
            name: self._strategy.reduce("MEAN", value, axis=None)
            for name, value in metrics.items()
        }
        # Not in a replica: none may go another way than the others.
        tf.cond(
            self._may_update(metrics),
            lambda: self._update_all(changes),
            self._leave_out,
        )
        metrics["updates_left_out"] = tf.cast(self._left_out, tf.float32)
        return metrics

    def _measure_changes(
        self, episodes: Episode
    ) -> tuple[tuple[list[tf.Tensor], list[tf.Tensor]], Metrics]:
        """Clipped gradients with new moving statistics, and metrics, of a replica."""
        gradients, statistics, metrics = self._compute(episodes)
        replicas = tf.distribute.get_replica_context()
        gradients, statistics = replicas.all_reduce(
            tf.distribute.ReduceOp.MEAN, [gradients, statistics]
        )
        metrics["learning_rate"] = tf.convert_to_tensor(self._optimizer.learning_rate)
        metrics |= self._gradient_norms(gradients)

        clipped, _ = tf.clip_by_global_norm(
            gradients, self._config.clip_norm, metrics["gradient_norm/theta"]
        )
        return (clipped, statistics), metrics

    def _may_update(self, metrics: Metrics) -> tf.Tensor:
        is_finite = tf.math.is_finite(metrics["loss"]) & tf.math.is_finite(
            metrics["gradient_norm/theta"]
        )
        return is_finite & (self._config.skip_nonfinite | (self._left_out == 0))

    def _update_all(self, changes: tuple[list[tf.Tensor], list[tf.Tensor]]) -> None:
        self._strategy.run(self._update, args=changes)

    def _leave_out(self) -> None:
        self._left_out.assign_add(1)
        if self._config.skip_nonfinite:  # Else its number is that of the next step.
            self._optimizer.iterations.assign_add(1)

    def _update(self, clipped: list[tf.Tensor], statistics: list[tf.Tensor]) -> None:
        replicas = tf.distribute.get_replica_context()
        for variable, value in zip(self._statistics, statistics, strict=True):
            variable.assign(value)
        # Keras adds the gradients of the replicas, which are equal by now.
        shares = [gradient / replicas.num_replicas_in_sync for gradient in clipped]
        self._optimizer.apply(shares, self._variables)

    def _mean_over_episodes(self, episodes: Episode) -> _Means:
        count = episodes.query_labels.shape[0]
        if count == 1:
            return self._means(lambda: self._measure(_episode_at(episodes, 0)))
        if self._model.config.jit:
            return self._means(lambda: self._measure_folded(episodes))

        def add(index: tf.Tensor, totals: _Means) -> tuple[tf.Tensor, _Means]:
            episode = _episode_at(episodes, index)
            terms = self._means(functools.partial(self._measure, episode))
            return index + 1, tf.nest.map_structure(tf.add, totals, terms)

        # A loop in the graph: the memory of one episode, traced once.
        _, totals = tf.while_loop(
            lambda index, _: index < count,
            add,
            (tf.constant(0), self._no_means()),
            parallel_iterations=1,
            maximum_iterations=count,
        )
        return tf.nest.map_structure(lambda total: total / count, totals)

    def _means(self, measure: Callable[[], tuple[list[tf.Tensor], Metrics]]) -> _Means:
        """Gradients, statistics and metrics of an update, from those of `measure`."""
        with tf.GradientTape() as tape:
            statistics, metrics = measure()
            weight = self._config.attention_loss_weight
            objective = metrics["loss"] + weight * metrics["attention_loss"]
            if self._class_loss is not None:
                weight = self._config.class_loss_weight
                objective += weight * metrics["class_loss"]
        gradients = tape.gradient(
            objective,
            [variable.value for variable in self._variables],
            # With one augmented layer nothing of G reaches r.
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return _Means(gradients, statistics, metrics)

    def _measure(self, episode: Episode) -> tuple[list[tf.Tensor], Metrics]:
        """New moving statistics and metrics of one episode."""
        # Statistics are noted there instead of being assigned: episodes share them.
        with keras.StatelessScope() as scope:
            prediction = self._model(*episode.inputs, training=True)
        statistics = [scope.get_current_value(x) for x in self._statistics]
        metrics = episode_metrics(
            prediction, episode, self._model.n_way, self._config.attention_margin
        )
        if self._class_loss is not None:
            metrics["class_loss"] = self._class_loss(prediction.embeddings, episode)
        return statistics, metrics

    @property
    def _episode_metrics(self) -> tuple[str, ...]:
        """Names of the metrics that each episode has."""
        return EPISODE_METRICS + (("class_loss",) if self._class_loss else ())

    def _measure_folded(self, episodes: Episode) -> tuple[list[tf.Tensor], Metrics]:
        """`_measure` of all episodes at once, each operation on all of them; means."""
        each = tf.vectorized_map(self._measure, episodes, fallback_to_while_loop=False)
        return tf.nest.map_structure(lambda x: tf.reduce_mean(x, axis=0), each)

    def _no_means(self) -> _Means:
        gradients, statistics = (
            [tf.zeros(variable.shape) for variable in variables]
            for variables in (self._variables, self._statistics)
        )
        names = self._episode_metrics
        return _Means(gradients, statistics, {name: tf.zeros([]) for name in names})

    def _gradient_norms(self, gradients: list[tf.Tensor]) -> Metrics:
        paths = [variable.path for variable in self._variables]
        by_path = dict(zip(paths, gradients, strict=True))
        norms = {"gradient_norm/theta": tf.linalg.global_norm(gradients)}
        for part, members in self._model.parts().items():
            norms[f"gradient_norm/{part}"] = tf.linalg.global_norm(
                [by_path[variable.path] for variable in members]
            )
        return norms


_MIN_PROBABILITY = 1e-7  # Keeps the logarithm finite.
EPISODE_METRICS = ("loss", "attention_loss", "accuracy", "attention_accuracy")


def episode_metrics(
    prediction: Prediction,
    episode: Episode,
    n_way: int,
    attention_margin: float = 0.0,
) -> Metrics:
    """Losses and accuracies of the queries of one task, scalars by name.

    `loss` is L_train as a mean: cross-entropy of the predictions. `attention_loss`
    is the cross-entropy of what the attention alone would answer if the log odds of
    the right class were lower by `attention_margin`.
    """
    labels = episode.query_labels
    attention = attention_class_probabilities(
        prediction.attention_weights, episode.support_labels, n_way
    )
    margins = attention_margin * tf.one_hot(labels, n_way)
    handicapped = tf.math.log(tf.maximum(attention, _MIN_PROBABILITY)) - margins
    values = (
        cross_entropy(prediction.logits, labels),
        cross_entropy(handicapped, labels),
        _matches(prediction.logits, labels),
        _matches(attention, labels),
    )
    return dict(zip(EPISODE_METRICS, map(tf.reduce_mean, values), strict=True))


def trained_variables(
    model: MetaNet, class_loss: ClassLoss | None = None
) -> list[keras.Variable]:
    """All that a step updates: theta, and the directions of `class_loss`."""
    further = [] if class_loss is None else [class_loss.kernel]
    return [*model.trainable_variables, *further]


def make_optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    """Adam with the first learning rate and the average of `config`."""
    with float32_by_default():  # Of the learning rate.
        return keras.optimizers.Adam(
            config.learning_rate,
            use_ema=config.averaged_weights > 0.0,
            ema_momentum=config.averaged_weights,
        )


def _episode_at(episodes: Episode, index: int | tf.Tensor) -> Episode:
    return tf.nest.map_structure(lambda part: part[index], episodes)


def _matches(scores: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    answers = tf.argmax(scores, axis=-1, output_type=labels.dtype)
    return tf.cast(answers == labels, tf.float32)
