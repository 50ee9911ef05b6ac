"""The model of a run: made from its settings, or found in its folder."""

import dataclasses
import itertools
import os
from collections.abc import Sequence

import keras

from metanet_tf.config import RunConfig
from metanet_tf.model import MetaNet
from metanet_tf.model_source import Kind, identify
from metanet_tf.training.checkpoints import restore_best, restore_snapshot
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.errors import InputError


def make_model(config: RunConfig) -> MetaNet:
    """Makes the untrained model of a run."""
    size, channels = config.data.image_size, config.data.channels
    model = MetaNet(
        config.model,
        n_way=config.episode.n_way,
        k_shot=config.episode.k_shot,
        image_shape=(size, size, channels),
        seed=config.training.seed,
    )
    model.run_config = config
    return model


def load_trained_model(
    train_dir: str | os.PathLike, setting: str = "train_dir"
) -> tuple[MetaNet, RunConfig]:
    """Returns the run's model of the best validation, and the run's settings.

    Args:
        train_dir: folder of the run.
        setting: what messages call that folder.

    Raises:
        InputError: if `train_dir` holds no run that has been validated.
    """
    folder = RunFolder(train_dir, setting)
    config = for_use(folder.read_config())
    model = make_model(config)
    restore_best(model, folder)
    return model, config


def load_any_model(model: str, setting: str) -> MetaNet:
    """Returns a model that ships or was published, or a run's best one.

    Args:
        model: name of a model that ships, folder of a published one or of a run, or
            hf://USER/NAME.
        setting: what messages call it.

    Raises:
        InputError: if there is no such model, or it cannot be read.
    """
    source = identify(model)
    if source is not None and source.kind is Kind.PRETRAINED:
        from metanet_tf.pretrained import load_pretrained

        return load_pretrained(model)
    return load_trained_model(model, setting)[0]


def load_snapshot(
    train_dir: str | os.PathLike, step: int, setting: str = "train_dir"
) -> tuple[MetaNet, float]:
    """Returns the run's model of `step` and the seconds of training till then.

    Args:
        train_dir: folder of the run.
        step: that the model was kept at.
        setting: what messages call that folder.

    Raises:
        InputError: if `train_dir` holds no run that has kept that model.
    """
    folder = RunFolder(train_dir, setting)
    model = make_model(for_use(folder.read_config()))
    return model, restore_snapshot(model, folder, step)


def for_use(config: RunConfig) -> RunConfig:
    """Returns the settings without those that make training alone faster.

    What answers computes in float32, alike on every machine.
    """
    return dataclasses.replace(
        config,
        model=dataclasses.replace(config.model, jit=False, mixed_precision=False),
    )


def copy_weights(source: MetaNet, target: MetaNet) -> None:
    """Gives `target` all weights of `source`.

    Softmax layers are left out if the two differ in their ways, G if one of them is
    MetaNet- and has none.

    Raises:
        InputError: if the two differ in more than that.
    """
    _copy(
        _common_weights(source, target),
        _common_weights(target, source),
        expected="`weights_from` must be a model whose weights have the same shapes",
        remedy="Use its settings of the model",
    )


def _common_weights(model: MetaNet, other: MetaNet) -> list[keras.Variable]:
    """The model's weights but those that `other` has none of, or of other ways."""
    left_out: list[keras.layers.Layer | None] = []
    if model.n_way != other.n_way:
        left_out.append(model.base_learner.head)
        left_out.append(model.representation_learner.head)
    if other.task_weight_generator is None:
        left_out.append(model.task_weight_generator)
    excluded = {id(v) for layer in left_out if layer for v in layer.weights}
    return [v for v in model.variables if id(v) not in excluded]


def copy_meta_weights(source: MetaNet, target: MetaNet) -> None:
    """Gives `target` the Z and G of `source`; its W and Q stay.

    Raises:
        InputError: if the two differ in m or d.
    """
    for letter in ("Z", "G"):
        _copy(
            source.parts().get(letter, []),
            target.parts().get(letter, []),
            expected=f"`meta_weights_from` must be a model whose {letter} has the same "
            "shapes",
            remedy="Use its --variant and --generator_units",
        )


def _copy(
    source: Sequence[keras.Variable],
    target: Sequence[keras.Variable],
    *,
    expected: str,
    remedy: str,
) -> None:
    """Gives variables the values of others; the rest is for the message if they differ.

    Raises:
        InputError: if their shapes do.
    """
    for given, needed in itertools.zip_longest(source, target):
        if given is None or needed is None or given.shape != needed.shape:
            raise InputError(
                f"{expected}. Received: {_described(given)} where {_described(needed)} "
                f"is needed. {remedy}, or another model."
            )
    for variable, value in zip(target, source, strict=True):
        variable.assign(value)


def _described(variable: keras.Variable | None) -> str:
    """The variable's place and shape in the words of a message."""
    return "nothing" if variable is None else f"{variable.path} {variable.shape}"
