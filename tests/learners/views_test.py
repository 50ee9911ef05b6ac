import numpy as np
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
    assert further_views(tf.constant(_image()), 1) == []


def test_five_views_are_the_image_and_its_neighbours():
    views = further_views(tf.constant(_image()), 5)
    assert len(views) == 4
    assert _dots(views) == {(1, 2), (3, 2), (2, 1), (2, 3)}


def test_nine_views_are_all_places_within_a_pixel():
    views = further_views(tf.constant(_image()), 9)
    places = {(i, j) for i in (1, 2, 3) for j in (1, 2, 3)}
    assert _dots(views) == places - {(2, 2)}
    assert all(view.shape == (1, 5, 5, 1) for view in views)


def test_what_comes_in_at_a_border_is_as_the_border_is():
    image = tf.reshape(tf.range(1.0, 10.0), [1, 3, 3, 1])
    right, _, down, *_ = (
        v.numpy()[0, ..., 0].tolist() for v in further_views(image, 5)
    )
    assert right == [[1, 1, 2], [4, 4, 5], [7, 7, 8]]
    assert down == [[1, 2, 3], [1, 2, 3], [4, 5, 6]]


def test_every_view_is_followed_by_its_mirror_image():
    image = tf.reshape(tf.range(1.0, 10.0), [1, 3, 3, 1])
    views = [v.numpy()[0, ..., 0] for v in further_views(image, 4, mirrored=True)]
    rows = [view[0].tolist() for view in views]
    assert rows == [[3, 2, 1], [1, 1, 2], [2, 1, 1]]
