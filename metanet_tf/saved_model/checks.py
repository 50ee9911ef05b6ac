"""Checks of a request, made inside the graph: a SavedModel brings no Python.

Each function returns its input behind the check, so that what is computed from
the result cannot run, or fail with a less clear message, before the check. A
failed check raises `tf.errors.InvalidArgumentError`.
"""

import tensorflow as tf

from metanet_tf.saved_model.decoding import FORMATS, describe, picture_format

_MAX_VALUES_SHOWN = 20


def check_images(
    name: str,
    images: tf.Tensor,
    image_shape: tuple[int, ...],
    takes_files: str = "classify_encoded",
) -> tf.Tensor:
    """Returns `images` if they are [*, *image_shape] and in [0, 1].

    Args:
        name: what the caller calls them.
        images: float32 of any shape.
        image_shape: (H, W, C).
        takes_files: the signature that takes picture files instead.
    """
    images = _require(
        _is_shape(tf.shape(images)[1:], image_shape),
        images,
        f"`{name}` must have the shape [number of images, height, width, channels] = "
        f"[*, {', '.join(map(str, image_shape))}]. Received:",
        tf.shape(images),
        f"Resize the images, or give their PNG bytes to `{takes_files}`.",
    )
    return _require(
        tf.reduce_all((images >= 0.0) & (images <= 1.0)),
        tf.ensure_shape(images, [None, *image_shape]),
        f"`{name}` must lie in [0, 1]. Received smallest and largest value:",
        tf.stack([tf.reduce_min(images), tf.reduce_max(images)]),
        "Divide by the largest grey level; ink is 1 and paper 0.",
    )


def check_labels(support_labels: tf.Tensor, num_support: tf.Tensor) -> tf.Tensor:
    """Returns int32 [S] labels if they number the classes of S images.

    They do if there is one for every image, if they count from 0 without a gap and
    if there are two classes at least.
    """
    labels = _require(
        tf.size(support_labels) == num_support,
        support_labels,
        "`support_labels` must hold one label per support image. Received numbers of "
        "labels and images:",
        tf.stack([tf.size(support_labels), num_support]),
        "Give both in the same order and number.",
    )
    classes = tf.unique(tf.sort(labels)).y
    num_classes = tf.size(classes)
    return _require(
        (num_classes >= 2)
        & (tf.reduce_min(classes) == 0)
        & (tf.reduce_max(classes) == num_classes - 1),
        labels,
        "`support_labels` must lie in [0, N), N >= 2, with at least one image of each "
        "of the N classes. Received labels:",
        classes,
        "Number the classes 0, 1, ..., N - 1.",
    )


def check_encoded(name: str, images: tf.Tensor) -> tf.Tensor:
    """Returns string [*] if each begins as a picture file does."""
    is_picture = picture_format(images) >= 0
    positions = tf.as_string(tf.where(~is_picture)[:, 0])
    others = describe(tf.boolean_mask(images, ~is_picture))
    return _require(
        tf.reduce_all(is_picture),
        images,
        f"`{name}` must be the bytes of {', '.join(FORMATS)} files. Others at "
        "positions:",
        tf.strings.join([positions, others], separator=": "),
        "Give each file's content, not its path or its pixels.",
    )


def _is_shape(received: tf.Tensor, expected: tuple[int, ...]) -> tf.Tensor:
    # As text, since shapes of different length cannot be compared as numbers.
    received_text = tf.strings.reduce_join(tf.as_string(received), separator=",")
    return received_text == ",".join(map(str, expected))


def _require(
    condition: tf.Tensor,
    value: tf.Tensor,
    expected: str,
    received: tf.Tensor,
    remedy: str,
) -> tf.Tensor:
    check = tf.debugging.Assert(
        condition, [expected, received, remedy], summarize=_MAX_VALUES_SHOWN
    )
    with tf.control_dependencies([check]):
        return tf.identity(value)
