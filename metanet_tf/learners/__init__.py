"""The two learners: b, which classifies, and u, which embeds."""

from metanet_tf.learners.building import (
    build_base_learner,
    build_representation_learner,
    layers_dtype,
    representation_size,
    uniform_initializer,
)
from metanet_tf.learners.learners import (
    BaseLearner,
    FastWeights,
    Learner,
    RepresentationLearner,
    SlowTerm,
)
from metanet_tf.learners.views import further_views

__all__ = [
    "BaseLearner",
    "FastWeights",
    "Learner",
    "RepresentationLearner",
    "SlowTerm",
    "build_base_learner",
    "build_representation_learner",
    "further_views",
    "layers_dtype",
    "representation_size",
    "uniform_initializer",
]
