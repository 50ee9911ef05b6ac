import numpy as np
import tensorflow as tf

from metanet_tf.learners import shifted_views


def _image():
    """A single dot in the middle of 5 x 5 pixels."""
    image = np.zeros([1, 5, 5, 1], np.float32)
    image[0, 2, 2] = 1.0
    return image


def _dots(views):
    return {tuple(np.argwhere(view.numpy()[0, ..., 0])[0].tolist()) for view in views}


def test_one_view_is_the_image_alone():
    assert shifted_views(tf.constant(_image()), 1) == []


def test_five_views_are_the_image_and_its_neighbours():
    views = shifted_views(tf.constant(_image()), 5)
    assert len(views) == 4
    assert _dots(views) == {(1, 2), (3, 2), (2, 1), (2, 3)}


def test_nine_views_are_all_places_within_a_pixel():
    views = shifted_views(tf.constant(_image()), 9)
    places = {(i, j) for i in (1, 2, 3) for j in (1, 2, 3)}
    assert _dots(views) == places - {(2, 2)}
    assert all(view.shape == (1, 5, 5, 1) for view in views)


def test_what_comes_in_at_a_border_is_paper():
    ink = tf.ones([2, 3, 3, 1])
    left = [int(tf.reduce_sum(view)) for view in shifted_views(ink, 9)]
    assert left == [12] * 4 + [8] * 4
