import numpy as np
import tensorflow as tf

from metanet_tf.data.preparation.resizing import prepare_images


def test_dark_ink_becomes_one_and_paper_zero():
    images = np.full([1, 8, 8, 1], 255, np.uint8)
    images[0, :, :4] = 0
    prepared = prepare_images(images, 8).numpy()
    assert (prepared[0, :, :4] == 1).all() and (prepared[0, :, 4:] == 0).all()


def test_a_pixel_is_the_mean_of_the_area_it_covers():
    images = np.random.default_rng(0).integers(0, 256, [2, 12, 8, 1], np.uint8)
    means = images.reshape(2, 4, 3, 4, 2, 1).mean(axis=(2, 4))
    np.testing.assert_allclose(prepare_images(images, 4), 1 - means / 255, atol=1e-6)


def test_equal_colour_channels_give_what_one_channel_gives():
    grey = np.random.default_rng(0).integers(0, 256, [2, 9, 9, 1], np.uint8)
    colour = np.repeat(grey, 3, axis=-1)
    np.testing.assert_allclose(
        prepare_images(colour, 4), prepare_images(grey, 4), atol=1e-6
    )


def test_any_height_and_width_are_prepared_by_one_graph():
    traced = tf.function(
        lambda images: prepare_images(images, 28),
        input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8)],
    )
    for height, width in [(105, 105), (28, 28), (20, 50)]:
        prepared = traced(tf.zeros([3, height, width, 1], tf.uint8))
        assert prepared.shape == (3, 28, 28, 1)
