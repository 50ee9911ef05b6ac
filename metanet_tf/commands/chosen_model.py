"""Loads the trained model that `--model` names, with what it was trained on."""

from metanet_tf.config import RunConfig
from metanet_tf.model_source import Kind, ModelSource
from metanet_tf.pretrained import Pretrained, read_pretrained
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model


def chosen_model(source: ModelSource) -> Pretrained:
    """Returns a pretrained model, or the run's model of the best validation.

    Raises:
        InputError: if it cannot be read, or the run has not been validated.
    """
    if source.kind is Kind.PRETRAINED:
        return read_pretrained(source.folder)
    model, config = load_trained_model(source.folder, "model")
    return Pretrained(model, config, rejections=())


def chosen_settings(source: ModelSource) -> RunConfig:
    """Returns the settings that a pretrained model or a run was trained with.

    A run need not have been validated.

    Raises:
        InputError: if it cannot be read.
    """
    if source.kind is Kind.PRETRAINED:
        return read_pretrained(source.folder).config
    return RunFolder(source.folder, "model").read_config()
