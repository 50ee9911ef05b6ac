"""MetaNet: Algorithm 1 of Munkhdalai & Yu, "Meta Networks" (ICML 2017)."""

import dataclasses
import itertools
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from metanet_tf import memory
from metanet_tf.config import ModelConfig, RunConfig
from metanet_tf.generators import ExampleWeightGenerator, TaskWeightGenerator
from metanet_tf.learners import (
    FastWeights,
    build_base_learner,
    build_representation_learner,
    further_views,
    layers_dtype,
    representation_size,
)
from metanet_tf.meta_information import (
    pair_gradients,
    representation_gradients,
    symmetric_gradients,
    task_gradients,
)
from metanet_tf.utils.chunks import map_in_chunks
from metanet_tf.utils.errors import InputError

_IMAGES_AT_ONCE = 576  # that u embeds outside training; bounds memory
_PRIME = 2**31 - 1  # of the hash that orders a support set


class TaskMemory(NamedTuple):
    """Memory and fast weights of a support set: all that queries need.

    Attributes:
        memory_keys: R, row i is r'_i, float [N, representation_size].
        memory_values: M, row i is W*_i, one float [N, *kernel shape] per augmented
            layer of b.
        task_fast_weights: Q*, one float [*kernel shape] per augmented layer of u;
            empty for MetaNet-.
        base_task_fast_weights: the same for b; empty unless MetaNet+.
        support_labels: class of each row, int32 [N].
        n_way: number of classes, int or int32 scalar tensor.
    """

    memory_keys: tf.Tensor
    memory_values: FastWeights
    task_fast_weights: FastWeights
    base_task_fast_weights: FastWeights
    support_labels: tf.Tensor
    n_way: int | tf.Tensor


class Prediction(NamedTuple):
    """Answer to each query.

    Attributes:
        logits: float32 [L, n_way].
        attention_scores: a_i, cosine to each support example, float32 [L, N].
        attention_weights: over the support, float32 [L, N]; rows sum to 1.
        embeddings: r' of the support and then r of the queries, float [N + L,
            representation_size]; None of queries that were asked later.
    """

    logits: tf.Tensor
    attention_scores: tf.Tensor
    attention_weights: tf.Tensor
    embeddings: tf.Tensor | None = None


@keras.saving.register_keras_serializable(package="metanet_tf")
class MetaNet(keras.Model):
    """Learns the classes of a task from its support and classifies its queries.

    It is trained on tasks by a loop of its own, `training.run.train_and_test`: not by
    `fit`.

    Args:
        config: what the model consists of.
        n_way: classes per training task; another number may be given to a call.
        k_shot: support images per class in training, which may choose `loss_emb`; see
            `ModelConfig.representation_loss`.
        image_shape: (H, W, C).
        seed: of the initial weights.

    Call arguments:
        support_images: x', float32 [N, H, W, C] in [0, 1].
        support_labels: y', int32 [N] in [0, n_way).
        query_images: x, float32 [L, H, W, C] in [0, 1].
        n_way: number of classes, int or int32 scalar tensor; the trained number if
            None.
        training: whether batch normalization, if there is any, uses this task's
            statistics.
        ask_support: whether the support images are asked for, too, behind the queries:
            they are embedded already.

    Returns:
        `Prediction`. A query's answer does not depend on the other queries.

    Attributes:
        run_config: settings of the run that the model comes from, which say how
            pictures are prepared for it; None if it was made on its own.
        rejections: thresholds for unknown classes, each a
            `rejection.RejectionThreshold`, of a model that was read by `from_preset`;
            else empty.
        representation_size: number of features of r.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        n_way: int,
        k_shot: int = 1,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        seed: int = 0,
    ) -> None:
        _check(config)
        super().__init__(name="metanet", dtype=layers_dtype(config))
        self.config = config
        self.n_way = n_way
        self.k_shot = k_shot
        self.image_shape = tuple(image_shape)
        self.seed = seed
        self.representation_size = representation_size(config, self.image_shape)
        self.run_config: RunConfig | None = None
        self.rejections: tuple[Any, ...] = ()
        self._make_parts(_seeds(seed))
        self.built = True

    @classmethod
    def from_preset(cls, preset: str | os.PathLike) -> "MetaNet":
        """Reads a trained model, as the models of Keras Hub are read.

        Args:
            preset: name of a model that comes with the package; a folder that
                `save_to_preset` or `bin/publish` wrote; or "hf://USER/NAME", such a
                folder on the Hugging Face Hub.

        Raises:
            InputError: if there is no such model, or it cannot be read.
        """
        from metanet_tf.pretrained import load_pretrained

        return load_pretrained(preset)

    def save_to_preset(self, folder: str | os.PathLike) -> None:
        """Writes a folder that `from_preset` reads, all of it or nothing.

        Settings, weights and thresholds are written. A model that was trained on has
        other thresholds: `bin/publish` finds them, and writes a full card.

        Args:
            folder: new, empty, or an earlier one, which is replaced.

        Raises:
            InputError: if `folder` holds something else, or the images are not
                square with one channel.
            OSError: if it cannot be written.
        """
        from metanet_tf.pretrained import save_preset

        save_preset(self, folder)

    def fit(self, *_: Any, **__: Any) -> None:
        """Refuses to train: a MetaNet learns from tasks, not from labelled batches.

        Raises:
            NotImplementedError: always; it says what to call.
        """
        raise NotImplementedError(
            "MetaNet has no `fit`: it is trained on tasks, by a loop of its own. Call "
            "`metanet_tf.training.run.train_and_test`, or bin/train. To teach classes "
            "to a trained model, call `fit` of `OneShotClassifier`."
        )

    def call(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
        n_way: int | tf.Tensor | None = None,
        training: bool = False,  # Keras hands it on to the layers that ask for it.
        ask_support: bool = False,
    ) -> Prediction:
        n_way = self.n_way if n_way is None else n_way
        u, count = self.representation_learner, tf.shape(support_images)[0]
        # `adapt` and `classify` in one, so that u embeds all images at once.
        images = tf.concat([support_images, query_images], axis=0)
        features = u.shared_features(images)
        drawn = self._drawn(support_images)
        task_fast_weights = self._task_fast_weights(
            tf.gather(features, drawn), tf.gather(support_labels, drawn), n_way
        )
        if training:
            embeddings = u.represent(features, task_fast_weights)
        else:
            embeddings = self._mean_over_views(images, features, task_fast_weights)
        task_memory = self._build_memory(
            support_images, embeddings[:count], support_labels, task_fast_weights, n_way
        )
        asked, of_asked = query_images, embeddings[count:]
        if ask_support:
            asked = tf.concat([asked, support_images], axis=0)
            of_asked = tf.concat([of_asked, embeddings[:count]], axis=0)
        prediction = self._predict(task_memory, asked, of_asked)
        prediction = prediction._replace(embeddings=embeddings)
        return prediction if training else self._calibrated(prediction)

    def adapt(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        n_way: int | tf.Tensor | None = None,
    ) -> TaskMemory:
        """Turns the support into fast weights and memory: Algorithm 1, first half."""
        n_way = self.n_way if n_way is None else n_way
        drawn = self._drawn(support_images)
        examples = tf.gather(support_images, drawn)
        task_fast_weights = self._task_fast_weights(
            self.representation_learner.shared_features(examples),
            tf.gather(support_labels, drawn),
            n_way,
        )
        support_embeddings = self._embed(support_images, task_fast_weights)
        return self._build_memory(
            support_images, support_embeddings, support_labels, task_fast_weights, n_way
        )

    def classify(self, task_memory: TaskMemory, query_images: tf.Tensor) -> Prediction:
        """Answers queries from the memory: Algorithm 1, second half."""
        query_embeddings = self.embed(task_memory, query_images)
        return self._calibrated(
            self._predict(task_memory, query_images, query_embeddings)
        )

    def embed(self, task_memory: TaskMemory, query_images: tf.Tensor) -> tf.Tensor:
        """Returns r_i of queries, float [L, representation_size] (Eq. 8)."""
        return self._embed(query_images, task_memory.task_fast_weights)

    def memory_specs(self) -> TaskMemory:
        """Returns shapes and types of what `adapt` returns; N and n_way are open."""
        b, d = self.base_learner, self.task_weight_generator
        of_base = [*b.kernel_shapes, b.head.kernel_shape]
        of_embedding = self.representation_learner.kernel_shapes
        is_plus = self.config.variant == "metanet_plus"

        def specs(shapes: Sequence[tuple[int | None, ...]]) -> list[tf.TensorSpec]:
            return [tf.TensorSpec(shape, tf.float32) for shape in shapes]

        return TaskMemory(
            memory_keys=tf.TensorSpec(
                [None, self.representation_size], self.compute_dtype
            ),
            memory_values=specs([(None, *shape) for shape in of_base]),
            task_fast_weights=specs(of_embedding if d is not None else []),
            base_task_fast_weights=specs(of_base if is_plus else []),
            support_labels=tf.TensorSpec([None], tf.int32),
            n_way=tf.TensorSpec([], tf.int32),
        )

    def parts(self) -> dict[str, list[keras.Variable]]:
        """Returns theta's variables by the paper's letters: W, Q, Z and G."""
        parts = {
            "W": self.base_learner.trainable_variables,
            "Q": self.representation_learner.trainable_variables,
            "Z": self.example_weight_generator.trainable_variables,
        }
        if self.task_weight_generator is not None:
            parts["G"] = self.task_weight_generator.trainable_variables
        return parts

    def moving_statistics(self) -> list[keras.Variable]:
        """Means and variances that batch normalization keeps, if there is any."""
        layers = [
            *self.base_learner.shared_layers,
            *self.representation_learner.shared_layers,
        ]
        return [
            variable
            for layer in layers
            if isinstance(layer, keras.layers.BatchNormalization)
            for variable in layer.non_trainable_variables
        ]

    def get_config(self) -> dict[str, Any]:
        return {
            "config": dataclasses.asdict(self.config),
            "n_way": self.n_way,
            "k_shot": self.k_shot,
            "image_shape": self.image_shape,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MetaNet":
        settings = dict(config)
        return cls(ModelConfig(**settings.pop("config")), **settings)

    def _make_parts(self, seeds: Iterator[int]) -> None:
        config = self.config
        self.base_learner = build_base_learner(
            config, self.image_shape, self.n_way, seeds
        )
        self.representation_learner = build_representation_learner(
            config, self.image_shape, self.n_way, seeds
        )
        self.example_weight_generator = ExampleWeightGenerator(config, seeds)
        self.example_weight_generator.build()
        self.task_weight_generator = None
        if config.variant != "metanet_minus":
            self.task_weight_generator = TaskWeightGenerator(config, seeds)
            self.task_weight_generator.build()

    def _task_fast_weights(
        self, features: tf.Tensor, labels: tf.Tensor, n_way: int | tf.Tensor
    ) -> FastWeights:
        """Q* = d(G, {∇_i}) over T examples, or pairs of them (Eq. 2-4, 6, 7).

        Args:
            features: shared features of the examples that `_drawn` gives, float
                [T, ...], or [N, ...] with pairs.
            labels: theirs, int32 [T] or [N].
            n_way: number of classes.
        """
        u, d = self.representation_learner, self.task_weight_generator
        if d is None:
            return []
        if not self._has_pairs:
            gradients = representation_gradients(
                u, features, labels, self._softmax_columns(n_way)
            )
        else:
            first_members = self._sampled(labels)
            num_pairs = first_members.shape[0] or tf.size(first_members)
            gradients = pair_gradients(u, features, labels, num_pairs)
        return d(self._stop_first_order(gradients))

    def _embed(self, images: tf.Tensor, task_fast_weights: FastWeights) -> tf.Tensor:
        """u(Q, Q*, x), float [count, representation_size], a few images at a time."""
        u, views, size = (
            self.representation_learner,
            self.config.tta_views,
            self.representation_size,
        )
        # All views of some images at once: u is traced, and run, once for them.
        at_once = max(1, _IMAGES_AT_ONCE // views)

        def embed(some: tf.Tensor) -> tf.Tensor:
            all_views = tf.concat([some, *self._further_views(some)], axis=0)
            embeddings = tf.reshape(u(all_views, task_fast_weights), [views, -1, size])
            return tf.reduce_mean(embeddings, axis=0)

        if images.shape[0] is not None and images.shape[0] <= at_once:
            return embed(images)
        row = tf.TensorSpec([None, size], self.compute_dtype)
        return map_in_chunks(embed, images, at_once, row)

    def _mean_over_views(
        self,
        images: tf.Tensor,
        features: tf.Tensor,
        task_fast_weights: FastWeights,
    ) -> tf.Tensor:
        """u(Q, Q*, x) (Eq. 5, 8), averaged over x and its further views, if any.

        Args:
            images: x.
            features: their shared features, which are at hand.
            task_fast_weights: Q*.
        """
        u = self.representation_learner
        embeddings = [
            u.represent(features, task_fast_weights),
            *(u(view, task_fast_weights) for view in self._further_views(images)),
        ]
        return tf.add_n(embeddings) / self.config.tta_views

    def _further_views(self, images: tf.Tensor) -> list[tf.Tensor]:
        config = self.config
        return further_views(images, config.tta_views, config.tta_kind)

    def _build_memory(
        self,
        support_images: tf.Tensor,
        support_embeddings: tf.Tensor,  # r'_i, Eq. 5
        labels: tf.Tensor,
        task_fast_weights: FastWeights,
        n_way: int | tf.Tensor,
    ) -> TaskMemory:
        """Writes a row of R and of M for each support example."""
        m = self.example_weight_generator
        gradients = self._task_gradients(
            support_images, support_embeddings, labels, n_way
        )
        return TaskMemory(
            memory_keys=support_embeddings,
            memory_values=m(gradients),  # W*_i, Eq. 1
            task_fast_weights=task_fast_weights,
            base_task_fast_weights=self._base_task_fast_weights(
                support_images, gradients
            ),
            support_labels=labels,
            n_way=n_way,
        )

    def _predict(
        self,
        task_memory: TaskMemory,
        query_images: tf.Tensor,
        query_embeddings: tf.Tensor,  # r_i, Eq. 8
    ) -> Prediction:
        """Classifies each query with the fast weights that it reads."""
        scores = memory.score(task_memory.memory_keys, query_embeddings)
        attention_weights = memory.attend(
            scores, task_memory.support_labels, self.config.attention_sharpness
        )
        inputs = self.base_learner.choose_inputs(query_images, query_embeddings)
        logits = self._logits(task_memory, inputs, attention_weights)
        return Prediction(tf.cast(logits, tf.float32), scores, attention_weights)

    def _calibrated(self, prediction: Prediction) -> Prediction:
        """Divides the logits by the temperature."""
        return prediction._replace(logits=prediction.logits / self.config.temperature)

    def _logits(
        self, task_memory: TaskMemory, inputs: tf.Tensor, attention_weights: tf.Tensor
    ) -> tf.Tensor:
        """b(W, W*_i, x_i) or b(W, W*_i, r_i) (Eq. 12), W*_i from the memory (Eq. 9)."""
        b = self.base_learner
        if self.config.symmetric_head:
            return b.head(
                b.represent(b.shared_features(inputs)),
                *task_memory.memory_values,
                attention_weights,
                task_memory.support_labels,
                n_way=task_memory.n_way,
            )
        return b(
            inputs,
            task_memory.base_task_fast_weights,
            memory.read(task_memory.memory_values, attention_weights),
            n_way=task_memory.n_way,
        )

    def _task_gradients(
        self,
        support_images: tf.Tensor,
        memory_keys: tf.Tensor,
        labels: tf.Tensor,
        n_way: int | tf.Tensor,
    ) -> FastWeights:
        """∇_i of b for every support example (Eq. 10, 11)."""
        b = self.base_learner
        features = b.shared_features(b.choose_inputs(support_images, memory_keys))
        if self.config.symmetric_head:
            columns = self._softmax_columns(n_way)
            return self._stop_first_order(symmetric_gradients(b, features, columns))
        return self._stop_first_order(task_gradients(b, features, labels, n_way))

    def _base_task_fast_weights(
        self, support_images: tf.Tensor, gradients: FastWeights
    ) -> FastWeights:
        """Task-level W* of MetaNet+, made by d like Q* (Table 1)."""
        d = self.task_weight_generator
        if d is None or self.config.variant != "metanet_plus":
            return []
        sampled = self._sampled(random_order(support_images))
        return d([tf.gather(gradient, sampled) for gradient in gradients])

    def _drawn(self, support_images: tf.Tensor) -> tf.Tensor:
        """Examples that u's gradients are taken of, in random order, int32 [T] or [N].

        All of them where there are pairs: any may be the second member of one.
        """
        order = random_order(support_images)
        return order if self._has_pairs else self._sampled(order)

    @property
    def _has_pairs(self) -> bool:
        """True if `loss_emb` is of pairs (Eq. 6, 7), not of single examples (Eq. 2)."""
        loss = self.config.representation_loss
        return loss == "contrastive" or (loss == "by_shots" and self.k_shot > 1)

    def _sampled(self, order: tf.Tensor) -> tf.Tensor:
        """The first T of the support's random order; all if T is None."""
        return order[: self.config.sampled_support]

    def _softmax_columns(self, n_way: int | tf.Tensor) -> int | tf.Tensor:
        """Classes that the softmax of the support's losses is taken over.

        With fewer than in training a gradient would be of a size that m and d have
        never seen: at two ways, right and wrong are both 1/2 away from the label. So
        there are as many as in training, some of them unused.
        """
        if not self.config.symmetric_head:
            return n_way
        if tf.is_tensor(n_way):
            return tf.maximum(n_way, self.n_way)
        return max(n_way, self.n_way)

    def _stop_first_order(self, gradients: FastWeights) -> FastWeights:
        """Cuts the gradient of L_train off at ∇_i unless it is of second order."""
        if self.config.second_order:
            return gradients
        return [tf.stop_gradient(gradient) for gradient in gradients]


def random_order(images: tf.Tensor) -> tf.Tensor:
    """Order of images that looks random and depends on their pixels alone.

    So a support set has one order, in whichever it is given.

    Args:
        images: float32 [N, H, W, C] in [0, 1].

    Returns:
        int32 [N], positions.
    """
    images = tf.convert_to_tensor(images)
    pixels = tf.reshape(tf.cast(255.0 * images, tf.int64), [tf.shape(images)[0], -1])
    factors = np.random.default_rng(0).integers(
        _PRIME, size=images[0].shape.num_elements()
    )
    keys = tf.reduce_sum(pixels * factors, axis=1) % _PRIME
    order = tf.argsort(keys)
    return tf.ensure_shape(order, [images.shape[0]])


def _check(config: ModelConfig) -> None:
    if config.symmetric_head and config.variant == "metanet_plus":
        raise InputError(
            "`symmetric_head` must be false with `variant` metanet_plus, whose d makes "
            "fast weights for each class of b. Received: true. Leave "
            "--symmetric_head out or change --variant."
        )


def _seeds(seed: int) -> Iterator[int]:
    """Different seeds without end, the same for the same `seed`."""
    for index in itertools.count():
        yield int(np.random.SeedSequence([seed, index]).generate_state(1)[0] >> 1)
