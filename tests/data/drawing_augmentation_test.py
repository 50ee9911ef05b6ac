import keras
import numpy as np
import tensorflow as tf

from metanet_tf.data import drawing_augmentation
from metanet_tf.utils.draws import uniform


def random_affine(images, strength, seed=0):
    draws = uniform([len(images), drawing_augmentation.AFFINE_DRAWS], [3, seed])
    return drawing_augmentation.random_affine(images, strength, draws)


def random_dilation(images, strength):
    draws = uniform([len(images), drawing_augmentation.DILATION_DRAWS], [3, 4])
    return drawing_augmentation.random_dilation(images, strength, draws)


def _centre(images):
    """Row and column of each image's centre of ink, and its spread."""
    weights = np.asarray(images)[..., 0]
    total = weights.sum(axis=(1, 2))
    rows = (weights * np.arange(28)[:, None]).sum(axis=(1, 2)) / total
    columns = (weights * np.arange(28)).sum(axis=(1, 2)) / total
    return rows, columns, total


def _dots(count, row=14, column=14):
    images = np.zeros([count, 28, 28, 1], np.float32)
    images[:, row - 1 : row + 1, column - 1 : column + 1] = 1.0  # centre at 13.5
    return tf.constant(images)


def test_a_strength_of_zero_changes_nothing():
    images = tf.random.stateless_uniform([3, 28, 28, 1], seed=[0, 1])
    np.testing.assert_allclose(random_affine(images, 0.0), images, atol=1e-6)


def test_the_centre_moves_by_about_two_pixels_at_most_both_ways():
    rows, columns, _ = _centre(random_affine(_dots(500), 1.0))
    for positions in (rows, columns):
        assert 1.8 < np.max(positions) - 13.5 < 2.5
        assert 1.8 < 13.5 - np.min(positions) < 2.5


def test_far_from_the_centre_a_turn_and_a_stretch_add_to_the_shift():
    rows, columns, _ = _centre(random_affine(_dots(500, row=14, column=24), 1.0))
    # 10 pixels from the centre: 10 degrees are 1.7 pixels, 10 percent are 1.
    assert 3.0 < np.max(np.abs(rows - 13.5)) < 4.2
    assert 2.5 < np.max(np.abs(columns - 23.5)) < 3.6


def test_draws_distort_in_one_way_and_each_image_in_its_own():
    images = _dots(2)
    first = random_affine(images, 1.0)
    np.testing.assert_array_equal(first, random_affine(images, 1.0))
    assert np.any(first[0] != first[1])
    assert np.any(first != random_affine(images, 1.0, seed=1))


def test_values_stay_between_paper_and_ink():
    images = tf.round(tf.random.stateless_uniform([20, 28, 28, 1], seed=[0, 1]))
    distorted = random_affine(images, 3.0)
    assert np.min(distorted) >= 0.0
    assert np.max(distorted) <= 1.0


def test_strokes_become_wider_by_a_pixel_on_each_side_at_most():
    images = _dots(300)  # 2 x 2 pixels; 4 x 4 at the widest.
    _, _, ink = _centre(random_dilation(images, 1.0))
    assert 4.0 <= np.min(ink) < 4.2
    assert 15.8 < np.max(ink) <= 16.0
    _, _, half = _centre(random_dilation(images, 0.5))
    np.testing.assert_allclose(half - 4.0, (ink - 4.0) / 2, atol=1e-4)


def test_thickening_keeps_ink_where_it_was():
    images = tf.round(tf.random.stateless_uniform([5, 28, 28, 1], seed=[0, 1]))
    wide = random_dilation(images, 1.0)
    assert np.min(wide - images) >= 0.0
    assert np.max(wide) <= 1.0


def test_reading_between_pixels_is_keras_own():
    images = tf.random.stateless_uniform([4, 9, 12, 2], seed=[0, 1])
    turn = tf.constant([[0.9, 0.2, -3.0, -0.1, 1.2, 4.0, 0.0, 0.0]] * 4)
    expected = keras.ops.image.affine_transform(
        images, turn, fill_mode="constant", fill_value=0.0
    )
    rows, columns = np.mgrid[:9, :12].astype(np.float32)
    actual = drawing_augmentation._read_at(
        images,
        tf.constant(np.tile(-0.1 * columns + 1.2 * rows + 4.0, [4, 1, 1])),
        tf.constant(np.tile(0.9 * columns + 0.2 * rows - 3.0, [4, 1, 1])),
    )
    np.testing.assert_allclose(actual, expected, atol=1e-5)
