"""The model of a run: made from its settings, or found in its folder."""

from metanet_tf.config import RunConfig
from metanet_tf.model import MetaNet
from metanet_tf.training.checkpoints import restore_best
from metanet_tf.training.run_folder import RunFolder


def make_model(config: RunConfig) -> MetaNet:
    """Makes the untrained model of a run."""
    size = config.data.image_size
    return MetaNet(
        config.model,
        n_way=config.episode.n_way,
        k_shot=config.episode.k_shot,
        image_shape=(size, size, 1),
        seed=config.training.seed,
    )


def load_trained_model(train_dir: str) -> tuple[MetaNet, RunConfig]:
    """Returns the run's model of the best validation, and the run's settings.

    Raises:
        InputError: if `train_dir` holds no run that has been validated.
    """
    folder = RunFolder(train_dir)
    config = folder.read_config()
    model = make_model(config)
    restore_best(model, folder)
    return model, config
