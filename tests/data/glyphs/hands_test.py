import numpy as np

from metanet_tf.data.glyphs.hands import drawn_by_other_hands


def _drawn(strokes, count=2000):
    program = np.asarray(strokes, np.float32)
    return drawn_by_other_hands(
        np.random.default_rng(0), np.broadcast_to(program, [count, *program.shape])
    )


def test_drawings_lie_around_the_middle_of_the_picture():
    placed, _ = _drawn(np.zeros([1, 4, 2]))
    np.testing.assert_allclose(placed.mean(axis=(0, 1, 2)), 0.5, atol=0.005)
    assert 0.03 < placed.std() < 0.1


def test_no_two_hands_draw_alike():
    placed, pens = _drawn(np.zeros([1, 4, 2]), count=50)
    assert len({drawing.tobytes() for drawing in placed}) == 50
    assert len({*pens.tolist()}) == 50


def test_a_long_line_turns_by_a_few_degrees_only():
    length = 1000.0  # So long that the spread of its points does not matter.
    line = np.linspace([-length, 0], [length, 0], 4)[np.newaxis]
    placed, _ = _drawn(line)
    along = placed[:, 0, 3] - placed[:, 0, 0]
    degrees = np.rad2deg(np.arctan2(along[:, 1], along[:, 0]))
    assert 9 < np.abs(degrees).max() < 15  # Unequal scales add to the turn's 10.
    lengths = np.linalg.norm(along, axis=1) / (2 * length)
    assert 0.75 < lengths.min() and lengths.max() < 1.2
