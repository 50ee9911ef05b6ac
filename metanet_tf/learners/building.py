"""Builds the learners: their layers and initial weights (Appendix A)."""

import itertools
from collections.abc import Iterator
from typing import Any

import keras

from metanet_tf.config import ModelConfig
from metanet_tf.layers import (
    AugmentedConv2D,
    AugmentedDense,
    BatchNormalization,
    ClassifierHead,
    SymmetricHead,
)
from metanet_tf.learners.learners import BaseLearner, RepresentationLearner

_INITIAL_RANGE = 0.1  # theta starts uniformly in [-0.1, 0.1) (Appendix A)
_DATA_FORMAT = "channels_last"  # Of images, whatever a user's default is.


def build_representation_learner(
    config: ModelConfig,
    image_shape: tuple[int, ...],
    n_way: int,
    seeds: Iterator[int],
) -> RepresentationLearner:
    """Makes u with its weights for images of `image_shape` (H, W, C)."""
    head = _head(config, n_way, seeds)
    head.trainable = config.second_order
    learner = RepresentationLearner(
        _representation_layers(config, seeds),
        head,
        _num_augmented(config),
        name="representation_learner",
        dtype=layers_dtype(config),
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
        size = representation_size(config, image_shape)
        input_shape: tuple[int | None, ...] = (None, size)
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
        base_input=config.base_input,
        name="base_learner",
        dtype=layers_dtype(config),
    )
    learner.build(input_shape)
    return learner


def representation_size(config: ModelConfig, image_shape: tuple[int, ...]) -> int:
    """Number of features of r, for images of `image_shape` (H, W, C)."""
    shape: Any = (None, *image_shape)
    for layer in _representation_layers(config, itertools.repeat(0)):
        shape = layer.compute_output_shape(shape)
    return shape[-1]


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


def _representation_layers(
    config: ModelConfig, seeds: Iterator[int]
) -> list[keras.layers.Layer]:
    """Hidden layers of u: the last one is as the settings of r say."""
    layers = _hidden_layers(config, seeds)
    layers[-1].activation = keras.activations.get(config.representation_activation)
    layers[-1].skip_connection = config.skip_connection
    return layers


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
        yield _convolution(config, _num_filters(config, index), seeds)
        yield keras.layers.MaxPooling2D(
            2,
            padding="same",
            data_format=_DATA_FORMAT,
            dtype=layers_dtype(config),
        )
        if config.normalization == "batch" and index < num_shared:
            yield BatchNormalization(momentum=0.9, dtype=layers_dtype(config))


def _num_filters(config: ModelConfig, index: int) -> int:
    """Filters of a convolution, counted from the image, 0 for the first."""
    if config.max_filters is None:
        return config.filters
    return max(config.filters, min(config.filters * 2**index, config.max_filters))


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
