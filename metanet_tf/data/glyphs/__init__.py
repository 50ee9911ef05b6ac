"""Glyphs: characters of unknown alphabets, drawn by a seeded stroke generator.

A class is a program of strokes, an example is the program drawn by another hand.
No file and no network is needed, and the same glyphs come out every time.
"""

import dataclasses

import numpy as np

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import cache_file_name, cached_arrays
from metanet_tf.data.glyphs.hands import drawn_by_other_hands
from metanet_tf.data.glyphs.pen import draw
from metanet_tf.data.glyphs.programs import stroke_programs
from metanet_tf.data.image_classes import (
    Dataset,
    ImageClasses,
    hold_out_validation,
)

TRAINING_CLASSES = 1000
TEST_CLASSES = 200
EXAMPLES_PER_CLASS = 20

_CACHE_FORMAT = 1  # Raise it when the glyphs would change.
_SEED = 0
_CLASSES_PER_CHUNK = 100  # Bounds the memory that drawing takes.


def load(config: DataConfig) -> Dataset:
    """Draws all glyphs, a second or two of work; prepared drawings are cached.

    Raises:
        InputError: if `config.validation_classes` is too large.
    """
    glyphs = _draw_glyphs(TRAINING_CLASSES + TEST_CLASSES, config.image_size)
    if config.preparation != "none":
        glyphs = _prepared(glyphs, config)
    return hold_out_validation(
        glyphs.subset(np.arange(TRAINING_CLASSES)),
        glyphs.subset(np.arange(TRAINING_CLASSES, glyphs.num_classes)),
        config.validation_classes,
    )


def _prepared(glyphs: ImageClasses, config: DataConfig) -> ImageClasses:
    # Slow to import, and not needed where images stay as they are drawn.
    from metanet_tf.data.preparation import prepare_in_batches

    arrays = cached_arrays(
        cache_file_name("glyphs", config, _CACHE_FORMAT),
        config.cache_dir,
        lambda: {"images": prepare_in_batches(glyphs.images, config, "light")},
    )
    return dataclasses.replace(glyphs, images=arrays["images"])


def _draw_glyphs(num_classes: int, image_size: int) -> ImageClasses:
    rng = np.random.default_rng(_SEED)
    strokes, present = stroke_programs(rng, num_classes)
    images = []
    for start in range(0, num_classes, _CLASSES_PER_CHUNK):
        chunk = np.arange(start, min(start + _CLASSES_PER_CHUNK, num_classes))
        drawings = np.repeat(chunk, EXAMPLES_PER_CLASS)
        curves, pens = drawn_by_other_hands(rng, strokes[drawings])
        images.append(draw(curves, present[drawings], pens, image_size))
    return ImageClasses(
        images=np.concatenate(images),
        class_sizes=np.full(num_classes, EXAMPLES_PER_CLASS, np.int32),
        class_names=tuple(f"glyph_{i:04d}" for i in range(num_classes)),
    )
