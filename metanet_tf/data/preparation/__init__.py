"""Turns pictures as people make them into images as the model was trained on.

The same graph prepares training data and what is asked later. An image of a drawing is
ink 1 on paper 0; one of a photograph has its colours, or its brightness.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from metanet_tf.config import PREPARATIONS, DataConfig
from metanet_tf.data.preparation.drawing import (
    SMALL_PICTURE,
    make_small_one,
    prepare_drawings,
    prepare_small,
)
from metanet_tf.data.preparation.photograph import prepare_photographs
from metanet_tf.data.preparation.plain import prepare_plainly
from metanet_tf.data.preparation.resizing import prepare_images

__all__ = [
    "PREPARATIONS",
    "prepare_each",
    "prepare_in_batches",
    "prepare_pictures",
    "prepare_scans",
    "prepare_training",
    "traced_preparation",
]

_LARGEST = 255
_BATCH = 128


def prepare_pictures(
    pictures: tf.Tensor,
    image_size: int,
    ink: str | tf.Tensor = "detect",
    preparation: str = "none",
    channels: int = 1,
) -> tf.Tensor:
    """Makes images of pictures: of their ink, or of the whole of a photograph.

    Args:
        pictures: uint8 [B, h, w, 4]: red, green, blue, opacity; any height, width.
        image_size: H and W of the result, pixels.
        ink: "dark" or "light" compared with the paper; or "detect", for each
            picture. String, or scalar string tensor.
        preparation: "none" resizes the picture as it is, which is then read with its
            place, size and stroke width; "drawing" finds the drawing, under uneven
            light too, and gives it one place, one size and one stroke width;
            "photograph" resizes the middle square, and looks for no ink.
        channels: of the result; 3 with "photograph" alone.

    Returns:
        float32 [B, image_size, image_size, channels] in [0, 1]; ink = 1, paper = 0;
        of photographs black = 0. A blank picture has next to no ink; with "drawing"
        none at all.
    """
    if preparation == "photograph":
        return prepare_photographs(pictures, image_size, channels)
    if preparation == "drawing":
        return prepare_drawings(pictures, image_size, ink)
    return prepare_plainly(pictures, image_size, ink)


def prepare_each(
    elements: tf.Tensor,
    load: Callable[[tf.Tensor], tf.Tensor],
    image_size: int,
    ink: str | tf.Tensor = "detect",
    preparation: str = "none",
    channels: int = 1,
) -> tf.Tensor:
    """`prepare_pictures` of pictures of different sizes.

    Args:
        elements: [B, ...], one for each picture, such as a file's content.
        load: makes uint8 [h, w, 4] of an element.
        image_size: as in `prepare_pictures`.
        ink: as in `prepare_pictures`.
        preparation: as in `prepare_pictures`.
        channels: as in `prepare_pictures`.

    Returns:
        As `prepare_pictures` does.
    """
    if preparation == "drawing":
        small = tf.map_fn(
            lambda element: make_small_one(load(element)),
            elements,
            fn_output_signature=SMALL_PICTURE,
        )
        return prepare_small(small, image_size, ink)

    def prepare_one(element: tf.Tensor) -> tf.Tensor:
        picture = load(element)[tf.newaxis]
        return prepare_pictures(picture, image_size, ink, preparation, channels)[0]

    return tf.map_fn(
        prepare_one,
        elements,
        fn_output_signature=tf.TensorSpec(
            [image_size, image_size, channels], tf.float32
        ),
    )


def prepare_scans(scans: tf.Tensor, config: DataConfig, ink: str) -> tf.Tensor:
    """Makes training images of opaque pictures.

    Args:
        scans: uint8 [B, h, w, 1 or 3].
        config: says how, and of what size.
        ink: "dark", on white paper, "light", on black, or "detect"; nothing for
            photographs.

    Returns:
        uint8 [B, image_size, image_size, config.channels], 255 = ink.
    """
    if config.preparation == "none" and ink != "detect":
        dark = _quantised(prepare_images(scans, config.image_size))
        return dark if ink == "dark" else _LARGEST - dark
    colours = tf.broadcast_to(scans, tf.concat([tf.shape(scans)[:3], [3]], axis=0))
    opacity = tf.fill(tf.shape(scans[..., :1]), tf.constant(_LARGEST, tf.uint8))
    return prepare_training(tf.concat([colours, opacity], axis=-1), config, ink)


def prepare_training(pictures: tf.Tensor, config: DataConfig, ink: str) -> tf.Tensor:
    """Makes training images of pictures with opacity, as those in use are made.

    Args:
        pictures: uint8 [B, h, w, 4]: red, green, blue, opacity.
        config: says how, and of what size.
        ink: as in `prepare_pictures`.

    Returns:
        uint8 [B, image_size, image_size, config.channels].
    """
    images = prepare_pictures(
        pictures, config.image_size, ink, config.preparation, config.channels
    )
    return _quantised(images)


def prepare_in_batches(scans: np.ndarray, config: DataConfig, ink: str) -> np.ndarray:
    """`prepare_scans` of as many as there are, which may not fit into memory."""
    prepare = traced_preparation(config, ink)
    batches = tf.data.Dataset.from_tensor_slices(scans).batch(_BATCH)
    return np.concatenate([prepare(batch).numpy() for batch in batches])


def traced_preparation(
    config: DataConfig, ink: str
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns `prepare_scans` as one graph; `Dataset.map` would run it half as fast."""
    return tf.function(
        lambda scans: prepare_scans(scans, config, ink), reduce_retracing=True
    )


def _quantised(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.round(images * _LARGEST), tf.uint8)
