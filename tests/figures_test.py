import numpy as np
import pytest

from metanet_tf import figures
from metanet_tf.data.episodes import Episode
from metanet_tf.model import Prediction


@pytest.fixture
def episode():
    """Two classes, one shot, two queries of class 0 and one of class 1."""
    images = np.linspace(0.0, 1.0, 5 * 64).reshape(5, 8, 8, 1).astype(np.float32)
    return Episode(images[:2], np.array([1, 0]), images[2:], np.array([0, 1, 0]))


@pytest.fixture
def prediction():
    """Query 1, of class 1, is answered wrongly; row i is query i's attention."""
    logits = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    weights = np.array([[0.1, 0.9], [0.3, 0.7], [0.2, 0.8]])
    return Prediction(logits, weights, weights)


def test_answers_are_coloured_by_whether_they_are_right(episode, prediction):
    axes = figures.episode_figure(episode, prediction, is_ink=True).axes[0]
    notes = [(note.get_text(), note.get_color()) for note in axes.texts]
    answers = [note for note in notes if note[0]]
    right, wrong = ("0", figures.RIGHT), ("0", figures.WRONG)
    assert answers == [right, right, wrong]


@pytest.mark.parametrize("is_ink", [True, False])
def test_ink_is_drawn_dark_and_what_is_light_in_a_photograph_light(
    episode, prediction, is_ink
):
    light = episode._replace(query_images=np.ones_like(episode.query_images))
    figure = figures.episode_figure(light, prediction, is_ink=is_ink)
    query = figure.axes[0].images[-1]
    shade = query.cmap(query.norm(query.get_array()))[..., :3]
    np.testing.assert_array_equal(shade, np.zeros_like(shade) if is_ink else 1.0)


def test_attention_is_sorted_by_class(episode, prediction):
    figure = figures.episode_figure(episode, prediction, is_ink=True)
    attention = figure.axes[1].images[0]
    # Support 1 is of class 0; queries 0 and 2 are of class 0.
    expected = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]]
    np.testing.assert_allclose(attention.get_array(), expected)


def test_confusion_is_shown_as_shares_of_each_row():
    figure = figures.confusion_figure(np.array([[3, 1], [0, 0]]))
    shares = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(shares, [[0.75, 0.25], [0.0, 0.0]])


def test_array_holds_the_drawn_figure():
    array = figures.to_array(figures.confusion_figure(np.eye(2)))
    assert array.dtype == np.uint8
    assert array.shape == (1, 480, 540, 3)
    assert len(np.unique(array)) > 2
