import numpy as np
import pytest
from matplotlib.colors import to_hex

from metanet_tf.figures import to_array
from metanet_tf.one_shot import explanation
from metanet_tf.one_shot.explanation import LOOKED_AT, explanation_figure
from metanet_tf.one_shot.pictures import Prepared
from metanet_tf.one_shot.support import extend_support


@pytest.fixture
def axes():
    """Function: where a picture is explained by `count` examples of two classes."""

    def draw(count=4):
        images = np.arange(count, dtype=np.float32) / count
        images = np.broadcast_to(images[:, None, None, None], [count, 3, 3, 1])
        names = np.where(np.arange(count) % 2, "hub", "axle")
        support = extend_support(
            None,
            Prepared(images, [""] * count, np.arange(count), np.zeros(count, bool)),
            names,
        )
        weights = np.arange(count, dtype=np.float32)
        return explanation_figure(
            np.ones([3, 3, 1], np.float32),
            support,
            probabilities=np.array([0.25, 0.75]),
            attention_weights=weights / weights.sum(),
            is_ink=True,
        ).axes[0]

    return draw


def _notes(axes):
    return [text.get_text() for text in axes.texts]


def test_answer_stands_below_the_picture(axes):
    drawn = axes()
    assert _notes(drawn)[0] == "hub: 75%"
    assert drawn.images[0].get_array().min() == 1.0


def test_examples_stand_in_the_order_of_their_attention(axes):
    drawn = axes()
    assert _notes(drawn)[1:] == ["hub: 50%", "axle: 33%", "hub: 17%", "axle: 0%"]
    shown = [image.get_array().max() for image in drawn.images[1:]]
    assert shown == [0.75, 0.5, 0.25, 0.0]


def test_most_looked_at_has_the_strongest_frame(axes):
    frames = [to_hex(line.get_color()) for line in axes().lines[1:]]
    assert frames[0] == LOOKED_AT and frames[-1] == "#dddddd"


def test_only_the_first_are_shown_of_many(axes):
    assert len(axes(50).images) == 1 + explanation.SHOWN


@pytest.mark.parametrize("name", ["$x_", "$\\frac$", "two\nlines", "\udcff"])
def test_any_class_name_is_drawn(name):
    prepared = Prepared(
        np.ones([1, 3, 3, 1], np.float32), [""], np.arange(1), np.zeros(1, bool)
    )
    figure = explanation_figure(
        np.ones([3, 3, 1], np.float32),
        extend_support(None, prepared, np.array([name])),
        probabilities=np.ones(1),
        attention_weights=np.ones(1),
        is_ink=True,
    )
    assert to_array(figure).size
    assert "\n" not in figure.axes[0].texts[0].get_text()
