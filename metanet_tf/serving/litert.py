"""A taught classifier for phones and small computers: LiteRT, formerly TFLite."""

import tensorflow as tf

from metanet_tf.serving.taught import TaughtClassifier
from metanet_tf.utils.errors import InputError


def convert(taught: TaughtClassifier) -> bytes:
    """Returns the content of a LiteRT file, of built-in operations alone.

    Its one signature takes `images`, float32 [1, H, W, C], prepared as in training:
    LiteRT decodes no files. It returns `probabilities`, float32 [1, N], by the order
    of the class names, and what `classifier.verdict` does.

    Raises:
        InputError: if the model does not compute in float32.
    """
    if taught.dtype != tf.float32:
        raise InputError(
            "`litert` must be for a model that computes in float32. Received: "
            f"{taught.dtype.name}. Leave --litert out, or use a model that was trained "
            "without --mixed_precision."
        )
    function = taught.classify_one.get_concrete_function()
    # Not all of `taught`, whose other functions the converter would look through.
    used = tf.Module()
    used.used_variables = list(function.variables)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], used)
    return converter.convert()
