import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.data.photograph_augmentation import (
    COLOUR_DRAWS,
    CROP_DRAWS,
    random_colour,
    random_crop,
)
from metanet_tf.utils.draws import uniform

MIDDLE = [0.0, 0.5, 0.5, 0.9]  # Nothing enlarged, shifted or mirrored.


@pytest.fixture
def images():
    values = np.random.default_rng(0).random([6, 10, 12, 3])
    return tf.constant(values, tf.float32)


def _crop(images, draw, strength=1.0, flip=True):
    draws = tf.constant([draw] * len(images), tf.float32)
    return random_crop(images, strength, draws, flip=flip).numpy()


def _colour(images, draw, strength=1.0):
    draws = tf.constant([draw] * len(images), tf.float32)
    return random_colour(images, strength, draws).numpy()


def test_image_that_is_not_moved_stays(images):
    np.testing.assert_allclose(_crop(images, MIDDLE), images, atol=1e-6)
    np.testing.assert_allclose(_colour(images, [0.5] * 3), images, atol=1e-6)


def test_half_of_the_draws_mirror(images):
    mirrored = [*MIDDLE[:3], 0.1]
    flipped = _crop(images, mirrored, strength=0.0)
    np.testing.assert_allclose(flipped, images[:, :, ::-1], atol=1e-6)
    kept = _crop(images, mirrored, strength=0.0, flip=False)
    np.testing.assert_allclose(kept, images, atol=1e-6)


def test_shift_repeats_the_border():
    """A tenth of 10 rows is one: each row is the next one, and the last stays."""
    column = tf.reshape(tf.range(10.0), [1, 10, 1, 1]) * tf.ones([1, 10, 10, 1])
    moved = _crop(column, [0.0, 1.0, 0.5, 0.9])[0, :, 0, 0]
    np.testing.assert_allclose(moved, [*range(1, 10), 9], atol=1e-5)


def test_middle_is_enlarged():
    """70 percent of the side around its middle, 4.5, are spread over the whole."""
    column = tf.reshape(tf.range(10.0), [1, 10, 1, 1]) * tf.ones([1, 10, 10, 1])
    enlarged = _crop(column, [1.0, 0.5, 0.5, 0.9])[0, :, 0, 0]
    np.testing.assert_allclose(enlarged, 4.5 + 0.7 * (np.arange(10) - 4.5), atol=1e-5)


def test_part_that_is_taken_may_touch_a_border_and_pass_it_a_little():
    column = tf.reshape(tf.range(10.0), [1, 10, 1, 1]) * tf.ones([1, 10, 10, 1])
    highest = _crop(column, [1.0, 0.0, 0.5, 0.9])[0, :, 0, 0]
    assert highest[0] == 0 and highest[-1] < 7


def test_brightness_contrast_and_saturation_change():
    image = tf.constant([[[[0.2, 0.4, 0.6], [0.0, 0.2, 0.4]]]])
    np.testing.assert_allclose(_colour(image, [0.0, 0.5, 0.5]), 0.6 * image, atol=1e-6)
    flat = _colour(image, [0.5, 0.0, 0.5])
    np.testing.assert_allclose(flat, 0.3 + 0.6 * (image - 0.3), atol=1e-6)
    grey = np.array([0.4, 0.2])[np.newaxis, np.newaxis, :, np.newaxis]
    pale = _colour(image, [0.5, 0.5, 0.0])
    np.testing.assert_allclose(pale, grey + 0.6 * (image - grey), atol=1e-6)


@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_results_stay_in_range_and_differ(images, strength):
    crops = uniform([6, CROP_DRAWS], [3, 4])
    colours = uniform([6, COLOUR_DRAWS], [3, 5])
    changed = random_crop(images, strength, crops, flip=True)
    changed = random_colour(changed, strength, colours).numpy()
    assert changed.shape == images.shape
    assert changed.min() >= 0 and changed.max() <= 1
    assert (np.abs(changed - images).mean(axis=(1, 2, 3)) > 0.01).all()


def test_compiled_changes_are_the_same(images):
    def change(images):
        crops, colours = uniform([6, CROP_DRAWS], [3, 4]), uniform([6, 3], [3, 5])
        return random_colour(random_crop(images, 1.0, crops, flip=True), 1.0, colours)

    compiled = tf.function(change, jit_compile=True)(images)
    np.testing.assert_allclose(compiled, change(images), atol=1e-5)
