"""Changes that figures 3 and 4 make to a trained model before they test it."""

import dataclasses
import itertools

from metanet_tf.experiments.experiment import Change
from metanet_tf.experiments.needed_runs import NeededRun
from metanet_tf.learners import build_base_learner
from metanet_tf.model import MetaNet
from metanet_tf.training.trained_model import copy_meta_weights, load_trained_model

# Of the random slow weights, the same for every snapshot.
_SEED = 0


def random_base_learner(filters: int) -> Change:
    """Replaces b by a CNN of random slow weights that nobody has trained.

    Its fast weights come from the trained m, which works on single coordinates and so
    does not care how many there are; u, d and the memory's attention stay. It works
    on images, whatever the b before it worked on.
    """

    def apply(model: MetaNet) -> MetaNet:
        config = dataclasses.replace(
            model.config,
            learner="cnn",
            base_input="image",
            filters=filters,
            max_filters=0,
        )
        model.base_learner = build_base_learner(
            config, model.image_shape, model.n_way, itertools.count(_SEED)
        )
        return model

    return Change(f"random_b_{filters}", apply)


def meta_weights_into(run: NeededRun) -> Change:
    """Puts the model's Z and G into the best model of `run`, beside its W and Q."""

    def apply(model: MetaNet) -> MetaNet:
        target, _ = load_trained_model(run.config.training.train_dir)
        copy_meta_weights(model, target)
        return target

    return Change(f"meta_weights_into_{run.name}", apply)
