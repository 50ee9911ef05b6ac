import io

import numpy as np
import pytest
from PIL import Image

from metanet_tf.demo.strokes import draw_strokes


def drawn(*strokes):
    """Ink in [0, 1], [140, 140]."""
    picture = Image.open(io.BytesIO(draw_strokes(strokes)))
    assert picture.mode == "L"
    return 1 - np.asarray(picture) / 255


def test_line_is_where_it_was_drawn():
    image = drawn((200, 500, 800, 500))
    rows, columns = np.nonzero(image > 0.5)
    # 28 and 112, and half of the pen's 3.9 pixels at both ends.
    assert [columns.min(), columns.max()] == pytest.approx([26, 113], abs=1)
    assert [rows.min(), rows.max()] == pytest.approx([68, 71], abs=1)


def test_pen_is_as_thick_in_every_direction():
    # Ink over length: 600 units are 84 pixels, and a diagonal is longer by sqrt(2).
    across = drawn((200, 500, 800, 500)).sum() / 84
    diagonal = drawn((200, 200, 800, 800)).sum() / (84 * 2**0.5)
    assert across == pytest.approx(0.028 * 140, rel=0.06)
    assert diagonal == pytest.approx(across, rel=0.06)


def test_point_is_a_dot():
    image = drawn((500, 500))
    assert image.sum() == pytest.approx(np.pi * (0.014 * 140) ** 2, rel=0.15)
    assert image[70, 70] == 1


def test_corners_are_filled():
    image = drawn((200, 800, 500, 200, 800, 800))
    assert image[27:31, 70].max() == 1


def test_strokes_at_the_edge_are_drawn():
    assert drawn((0, 0, 1000, 0, 1000, 1000)).sum() > 0
