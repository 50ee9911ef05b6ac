import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.learners import further_views


def _image():
    """A single dot in the middle of 5 x 5 pixels."""
    image = np.zeros([1, 5, 5, 1], np.float32)
    image[0, 2, 2] = 1.0
    return image


def _dots(views):
    return {tuple(np.argwhere(view.numpy()[0, ..., 0])[0].tolist()) for view in views}


def test_one_view_is_the_image_alone():
    assert further_views(tf.constant(_image()), 1, "moved") == []


def test_five_views_are_the_image_and_its_neighbours():
    views = further_views(tf.constant(_image()), 5, "moved")
    assert len(views) == 4
    assert _dots(views) == {(1, 2), (3, 2), (2, 1), (2, 3)}


def test_nine_views_are_all_places_within_a_pixel():
    views = further_views(tf.constant(_image()), 9, "moved")
    places = {(i, j) for i in (1, 2, 3) for j in (1, 2, 3)}
    assert _dots(views) == places - {(2, 2)}
    assert all(view.shape == (1, 5, 5, 1) for view in views)


def test_what_comes_in_at_a_border_is_as_the_border_is():
    image = tf.reshape(tf.range(1.0, 10.0), [1, 3, 3, 1])
    views = further_views(image, 5, "moved")
    right, _, down, *_ = (view.numpy()[0, ..., 0].tolist() for view in views)
    assert right == [[1, 1, 2], [4, 4, 5], [7, 7, 8]]
    assert down == [[1, 2, 3], [1, 2, 3], [4, 5, 6]]


def test_cropped_views_are_the_mirror_image_and_corners_with_theirs():
    """Corners of different grey stay on their sides, and fill more of the image."""
    image = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    image = tf.repeat(tf.repeat(image, 4, axis=0), 4, axis=1)[tf.newaxis, ..., None]
    views = further_views(image, 10, "cropped")
    assert len(views) == 9 and all(view.shape == image.shape for view in views)
    np.testing.assert_array_equal(views[0], image[:, :, ::-1])
    grey = {
        name: float(tf.reduce_mean(view))
        for name, view in zip(
            ("top left", "bottom right", "top right", "bottom left"),
            views[1::2],
            strict=True,
        )
    }
    assert sorted(grey, key=grey.get) == [
        "top left",
        "top right",
        "bottom left",
        "bottom right",
    ]
    for view, mirrored in zip(views[1::2], views[2::2], strict=True):
        np.testing.assert_array_equal(mirrored, view[:, :, ::-1])
    # Six of eight rows and columns are enlarged: four of them are of the first grey.
    assert np.mean(np.isclose(views[1], 1.0)) == pytest.approx(0.39, abs=0.08)
