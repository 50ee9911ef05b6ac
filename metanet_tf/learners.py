"""The two learners: b, which classifies, and u, which embeds (Appendix A)."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.layers import (
    Augmented,
    AugmentedConv2D,
    AugmentedDense,
    BatchNormalization,
    ClassifierHead,
    SymmetricHead,
)

FastWeights = Sequence[tf.Tensor]  # one kernel per augmented layer, bottom first

_INITIAL_RANGE = 0.1  # theta starts uniformly in [-0.1, 0.1) (Appendix A)
_DATA_FORMAT = "channels_last"  # Of images, whatever a user's default is.


class SlowTerm(NamedTuple):
    """A layer's slow term, with all that its kernel's gradient is made of.

    Attributes:
        layer: the augmented layer.
        inputs: what it was applied to, [batch, ..., in].
        term: its slow term, before the non-linearity, [batch, ..., out].
    """

    layer: Augmented
    inputs: tf.Tensor
    term: tf.Tensor


class Learner(keras.layers.Layer):
    """Hidden layers, of which the last few take fast weights, and a classifier head.

    `shared_features` is everything below the first augmented layer: it is the same with
    and without fast weights, so its result can be used for both.

    Args:
        hidden_layers: from input to representation, augmentable and others.
        head: on top of them; gives the logits.
        num_augmented: number of hidden layers that take fast weights, the last ones;
            None, or more than there are: all.
        name: of the Keras layer.
        dtype: Keras's name of what it computes in.
    """

    def __init__(
        self,
        hidden_layers: Sequence[keras.layers.Layer],
        head: ClassifierHead | SymmetricHead,
        num_augmented: int | None,
        name: str,
        dtype: str,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        first = _first_augmented(hidden_layers, num_augmented)
        self.shared_layers = list(hidden_layers[:first])
        self.augmented_layers = list(hidden_layers[first:])
        self.head = head

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for layer in [*self.shared_layers, *self.augmented_layers, self.head]:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    def shared_features(self, inputs: tf.Tensor) -> tf.Tensor:
        """Features below the first augmented layer, [batch, ...]."""
        for layer in self.shared_layers:
            inputs = layer(inputs)
        return inputs

    def represent(
        self,
        features: tf.Tensor,
        task_fast_weights: FastWeights = (),
        example_fast_weights: FastWeights = (),
    ) -> tf.Tensor:
        """Output of the last hidden layer, float [batch, hidden_units]."""
        task, example = iter(task_fast_weights), iter(example_fast_weights)
        for layer in self.augmented_layers:
            if isinstance(layer, Augmented):
                features = layer(features, next(task, None), next(example, None))
            else:
                features = layer(features)
        return features

    def slow_terms(self, features: tf.Tensor) -> tuple[tf.Tensor, list[SlowTerm]]:
        """Runs the hidden layers on slow weights alone.

        Returns:
            The representation, [batch, hidden_units], and each augmented hidden
            layer's slow term.
        """
        terms = []
        for layer in self.augmented_layers:
            if isinstance(layer, Augmented):
                terms.append(SlowTerm(layer, features, layer.slow_term(features)))
                features = layer.activation(terms[-1].term)
            else:
                features = layer(features)
        return features, terms


class RepresentationLearner(Learner):
    """u: embeds an image in the current task; its output is r.

    Its head serves `loss_emb` alone (Eq. 2), which trains nothing unless
    gradients of the second order flow: then alone it is trainable.
    """

    def call(self, inputs: tf.Tensor, task_fast_weights: FastWeights = ()) -> tf.Tensor:
        """Returns u(Q, Q*, x) = r, float [batch, hidden_units] (Eq. 5, 8)."""
        return self.represent(self.shared_features(inputs), task_fast_weights)


class BaseLearner(Learner):
    """b: classifies a query with fast weights of its own.

    Args:
        *arguments: those of `Learner`.
        base_input: what it works on: "image" or "representation".
    """

    def __init__(self, *arguments: Any, base_input: str) -> None:
        super().__init__(*arguments)
        self._base_input = base_input

    def choose_inputs(self, images: tf.Tensor, embeddings: tf.Tensor) -> tf.Tensor:
        """Images x or their embeddings r, whichever b works on (Eq. 12)."""
        return embeddings if self._base_input == "representation" else images

    def call(
        self,
        inputs: tf.Tensor,
        task_fast_weights: FastWeights = (),
        example_fast_weights: FastWeights = (),
        n_way: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Returns the logits of b(W, W*_i, x_i), float [batch, n_way] (Eq. 12)."""
        features = self.shared_features(inputs)
        return self.logits(features, task_fast_weights, example_fast_weights, n_way)

    def logits(
        self,
        features: tf.Tensor,
        task_fast_weights: FastWeights = (),
        example_fast_weights: FastWeights = (),
        n_way: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Logits of shared features, float [batch, n_way]."""
        representation = self.represent(
            features, task_fast_weights[:-1], example_fast_weights[:-1]
        )
        return self.head(
            representation,
            task_fast_weights[-1] if task_fast_weights else None,
            example_fast_weights[-1] if example_fast_weights else None,
            n_way=n_way,
        )


def build_representation_learner(
    config: ModelConfig,
    image_shape: tuple[int, ...],
    n_way: int,
    seeds: Iterator[int],
) -> RepresentationLearner:
    """Makes u with its weights for images of `image_shape` (H, W, C)."""
    head = _head(config, n_way, seeds)
    head.trainable = config.second_order
    hidden_layers = _hidden_layers(config, seeds)
    hidden_layers[-1].activation = keras.activations.get(
        config.representation_activation
    )
    learner = RepresentationLearner(
        hidden_layers,
        head,
        _num_augmented(config),
        "representation_learner",
        layers_dtype(config),
    )
    learner.build((None, *image_shape))
    return learner


def build_base_learner(
    config: ModelConfig,
    image_shape: tuple[int, ...],
    n_way: int,
    seeds: Iterator[int],
) -> BaseLearner:
    """Makes b with its weights, for images of `image_shape` or representations r."""
    if config.base_input == "representation":
        hidden_layers = [_dense(config, seeds)]
        input_shape: tuple[int | None, ...] = (None, config.hidden_units)
    else:
        hidden_layers = _hidden_layers(config, seeds)
        input_shape = (None, *image_shape)
    head = _head(config, n_way, seeds)
    num_augmented = _num_augmented(config)
    if config.symmetric_head:
        # No gradient comes from a head without slow weights to the layers below it.
        # Its small sums cost nothing in float32, which is what the attention is in.
        head, num_augmented = SymmetricHead(dtype="float32"), 0
    learner = BaseLearner(
        hidden_layers,
        head,
        num_augmented,
        "base_learner",
        layers_dtype(config),
        base_input=config.base_input,
    )
    learner.build(input_shape)
    return learner


def uniform_initializer(
    seed: int, scale: float = 1.0
) -> keras.initializers.Initializer:
    """Initializer of theta: uniform in [-0.1, 0.1), times `scale`."""
    bound = scale * _INITIAL_RANGE
    return keras.initializers.RandomUniform(-bound, bound, seed)


def layers_dtype(config: ModelConfig) -> str:
    """Keras's name of what the layers compute in, whatever a user's default is."""
    return "mixed_bfloat16" if config.mixed_precision else "float32"


def _num_augmented(config: ModelConfig) -> int | None:
    """Augmented hidden layers, None for all; the head is one of `augmented_layers`."""
    return None if config.augmented_layers is None else config.augmented_layers - 1


def _first_augmented(
    layers: Sequence[keras.layers.Layer], num_augmented: int | None
) -> int:
    positions = [i for i, layer in enumerate(layers) if isinstance(layer, Augmented)]
    if num_augmented is None:
        num_augmented = len(positions)
    chosen = positions[max(0, len(positions) - num_augmented) :]
    return chosen[0] if chosen else len(layers)


def _hidden_layers(
    config: ModelConfig, seeds: Iterator[int]
) -> list[keras.layers.Layer]:
    flatten = keras.layers.Flatten(_DATA_FORMAT, dtype=layers_dtype(config))
    if config.learner == "mlp":
        return [flatten, _dense(config, seeds), _dense(config, seeds)]
    return [*_convolution_blocks(config, seeds), flatten, _dense(config, seeds)]


def _convolution_blocks(
    config: ModelConfig, seeds: Iterator[int]
) -> Iterator[keras.layers.Layer]:
    """Blocks of convolution, rectifier and pooling, some normalized."""
    dense_layers, num_augmented = 1, _num_augmented(config)
    num_shared = 0
    if num_augmented is not None:
        num_shared = config.blocks - (num_augmented - dense_layers)
    for index in range(config.blocks):
        doubled = min(config.filters * 2**index, config.max_filters)
        yield _convolution(config, max(config.filters, doubled), seeds)
        yield keras.layers.MaxPooling2D(
            2,
            padding="same",
            data_format=_DATA_FORMAT,
            dtype=layers_dtype(config),
        )
        if config.normalization == "batch" and index < num_shared:
            yield BatchNormalization(momentum=0.9, dtype=layers_dtype(config))


def _convolution(
    config: ModelConfig, filters: int, seeds: Iterator[int]
) -> AugmentedConv2D:
    return AugmentedConv2D(
        filters,
        3,
        activation="relu",
        padding="same",
        slow_weights=config.slow_weights,
        task_patches=config.jit,
        dtype=layers_dtype(config),
        kernel_initializer=uniform_initializer(next(seeds)),
    )


def _dense(config: ModelConfig, seeds: Iterator[int]) -> AugmentedDense:
    return AugmentedDense(
        config.hidden_units,
        activation="relu",
        slow_weights=config.slow_weights,
        dtype=layers_dtype(config),
        kernel_initializer=uniform_initializer(next(seeds)),
    )


def _head(config: ModelConfig, n_way: int, seeds: Iterator[int]) -> ClassifierHead:
    return ClassifierHead(
        n_way,
        seed=next(seeds),
        scale=_INITIAL_RANGE,
        slow_weights=config.slow_weights,
        dtype=layers_dtype(config),
        kernel_initializer=uniform_initializer(next(seeds)),
    )
