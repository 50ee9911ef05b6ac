import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import DataConfig
from metanet_tf.data.preparation import (
    prepare_each,
    prepare_pictures,
    prepare_scans,
    prepare_training,
)
from metanet_tf.utils.errors import InputError

SIZE = 8
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def _prepare(pixels, channels=3, size=SIZE):
    pictures = tf.constant(pixels[np.newaxis])
    images = prepare_pictures(
        pictures, size, preparation="photograph", channels=channels
    )
    return images[0].numpy()


def _plain(colour, height=10, width=10, opacity=255):
    return np.tile(np.uint8([*colour, opacity]), [height, width, 1])


@pytest.mark.parametrize("side", [4, 8, 20])
def test_colours_are_kept_whatever_the_size(side):
    image = _prepare(_plain((10, 100, 200), side, side))
    assert image.shape == (SIZE, SIZE, 3)
    np.testing.assert_allclose(image[3, 3], np.array([10, 100, 200]) / 255, atol=1e-6)
    np.testing.assert_allclose(image, image[3, 3] + np.zeros_like(image), atol=1e-6)


def test_picture_of_the_right_size_stays_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, [SIZE, SIZE, 4], np.uint8)
    pixels[..., 3] = 255
    np.testing.assert_allclose(_prepare(pixels), pixels[..., :3] / 255, atol=1e-6)


@pytest.mark.parametrize("axis", [0, 1])
def test_middle_square_is_looked_at(axis):
    thirds = [_plain(colour) for colour in (RED, GREEN, BLUE)]
    image = _prepare(np.concatenate(thirds, axis=axis))
    expected = np.broadcast_to([0, 1, 0], image.shape)
    np.testing.assert_allclose(image, expected, atol=1e-6)


def test_grey_weighs_colours_by_their_brightness():
    """0.299 R + 0.587 G + 0.114 B, as in all television."""
    for colour, weight in ((RED, 0.299), (GREEN, 0.587), (BLUE, 0.114)):
        image = _prepare(_plain(colour), channels=1)
        assert image.shape == (SIZE, SIZE, 1)
        np.testing.assert_allclose(image, weight, atol=1e-3)


def test_transparent_becomes_white_and_black_stays_black():
    np.testing.assert_allclose(_prepare(_plain(RED, opacity=0)), 1, atol=1e-6)
    assert (_prepare(_plain((0, 0, 0))) == 0).all()


def test_files_scans_and_training_pictures_are_prepared_alike():
    config = DataConfig(image_size=SIZE, channels=3, preparation="photograph")
    pixels = np.random.default_rng(1).integers(0, 256, [2, 20, 30, 4], np.uint8)
    pixels[..., 3] = 255
    expected = np.stack([_prepare(picture) for picture in pixels])
    each = prepare_each(
        tf.constant(pixels), lambda p: p, SIZE, "detect", "photograph", 3
    )
    np.testing.assert_allclose(each, expected, atol=1e-6)
    for images in (
        prepare_training(tf.constant(pixels), config, "detect"),
        prepare_scans(tf.constant(pixels[..., :3]), config, "dark"),
    ):
        assert images.dtype == tf.uint8
        np.testing.assert_array_equal(images, np.round(255 * expected))


@pytest.mark.parametrize("preparation", ["none", "drawing"])
def test_ink_has_one_channel(preparation):
    with pytest.raises(InputError, match="`channels` must be 1.*--preparation=photo"):
        DataConfig(channels=3, preparation=preparation)


def test_two_channels_are_refused():
    with pytest.raises(InputError, match="`channels` must be one of 1, 3"):
        DataConfig(channels=2, preparation="photograph")
