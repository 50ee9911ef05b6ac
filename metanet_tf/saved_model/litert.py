"""A taught classifier for phones and small computers: LiteRT, formerly TFLite."""

import tensorflow as tf

from metanet_tf.saved_model.litert_metadata import TensorNote, add_metadata
from metanet_tf.saved_model.taught import TaughtClassifier, class_list
from metanet_tf.utils.errors import InputError

LABELS_FILE = "labels.txt"

_NOTES = {
    "images": TensorNote(
        "An image, float32 [1, height, width, channels], prepared as in training; of "
        "a drawing, ink is 1 and paper 0. Every value must be in [0, 1]. If one is "
        "outside or NaN, probabilities and max_similarity are NaN.",
        limits=(0.0, 1.0),
    ),
    "probabilities": TensorNote(
        f"Of the classes in {LABELS_FILE}, which is in this file, line by line. Their "
        "sum is 1. NaN: the image was out of range.",
        limits=(0.0, 1.0),
        labels=LABELS_FILE,
    ),
    "max_similarity": TensorNote(
        "Largest cosine to a taught example. NaN: the image was out of range.",
        limits=(-1.0, 1.0),
    ),
    "is_known": TensorNote("False: the image is of none of the classes."),
    "is_blank": TensorNote("True: the image has no ink."),
}


def convert(taught: TaughtClassifier) -> bytes:
    """Returns the content of a LiteRT file, of built-in operations alone.

    Its one signature takes `images`, float32 [1, H, W, C] in [0, 1], prepared as in
    training: LiteRT decodes no files. It returns `probabilities`, float32 [1, N], by
    the order of the class names, and what `classifier.verdict` does. The file tells
    that, and has the class names inside: it is a ZIP file of labels.txt, too.

    Raises:
        InputError: if the model does not compute in float32, or as `class_list` says.
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
    return add_metadata(
        converter.convert(),
        "Names an image by the classes that it was taught by examples.",
        _NOTES,
        {LABELS_FILE: class_list(taught.class_names)},
    )
