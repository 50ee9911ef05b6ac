"""The trained model that a command's flags name."""

from metanet_tf.pretrained import Pretrained, read_pretrained
from metanet_tf.training.trained_model import load_trained_model


def chosen_model(train_dir: str, pretrained: str) -> Pretrained:
    """Returns a pretrained model if one is named, or else the run's best.

    Raises:
        InputError: if there is no such model.
    """
    if pretrained:
        return read_pretrained(pretrained)
    model, config = load_trained_model(train_dir)
    return Pretrained(model, config, rejections=())
