"""A small SavedModel, and inputs of its signatures that nobody would send."""

import math

import numpy as np
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.model import MetaNet
from metanet_tf.saved_model import TaughtClasses, TaughtClassifier, export_taught
from metanet_tf.saved_model.classifier_module import ClassifierModule
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.utils.version_folders import newest_version

SIDE = 8
ARRAY_SIGNATURES = (
    "serving_default",
    "classify_images",
    "classify",
    "classify_encoded",
)
_MAX_DIMENSION = 9


def tiny_saved_model(folder):
    """A `SavedModel` of two taught classes, as a server has it."""
    config = ModelConfig(learner="mlp", hidden_units=8, generator_units=4)
    model = MetaNet(config, n_way=2, image_shape=(SIDE, SIDE, 1))
    images = np.random.default_rng(0).random([2, SIDE, SIDE, 1], np.float32)
    classes = TaughtClasses(images, np.int32([0, 1]), ("a", "b"), threshold=0.5)
    export_taught(TaughtClassifier(ClassifierModule(model), classes), str(folder))
    return SavedModel(newest_version(folder))


def drawn_inputs(signature, whole, numbers, content):
    """Arrays of the types and ranks of a signature; all else is drawn.

    Args:
        signature: what they are for.
        whole: function of smallest and largest: a number.
        numbers: function of a count, smallest and largest: so many.
        content: function: bytes.
    """
    return {
        name: _drawn(spec, whole, numbers, content)
        for name, spec in signature.inputs.items()
    }


def _drawn(spec, whole, numbers, content):
    shape = [whole(0, _MAX_DIMENSION) if size is None else size for size in spec.shape]
    if len(shape) == 4 and whole(0, 3):  # Mostly images of the right size.
        shape[1:] = [SIDE, SIDE, 1]
    count = math.prod(shape)
    if spec.dtype == tf.string:
        values = np.empty(count, object)
        values[:] = [content() for _ in range(count)]
    elif spec.dtype.is_integer:
        values = np.array([whole(-2, 3) for _ in range(count)])
    else:
        smallest = -0.1 if whole(0, 3) == 0 else 0.0
        values = np.resize(np.array([*numbers(64, smallest, 1.0), 0.5]), count)
    return values.reshape(shape).astype(spec.dtype.as_numpy_dtype)
