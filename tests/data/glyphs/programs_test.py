import numpy as np
import pytest

from metanet_tf.data.glyphs.pen import curve_points
from metanet_tf.data.glyphs.programs import stroke_programs


@pytest.fixture(scope="module")
def programs():
    return stroke_programs(np.random.default_rng(0), 300)


def test_two_to_four_strokes_are_present(programs):
    _, present = programs
    assert {*present.sum(axis=1).tolist()} == {2, 3, 4}
    assert present[:, :2].all()


def test_programs_are_centred_and_of_one_size(programs):
    strokes, present = programs
    for program, is_present in zip(strokes, present, strict=True):
        points = curve_points(program[is_present]).reshape(-1, 2)
        low, high = points.min(axis=0), points.max(axis=0)
        np.testing.assert_allclose(low + high, 0, atol=1e-5)
        np.testing.assert_allclose((high - low).max(), 0.68, atol=1e-5)


def _distances(first, second):
    """Smallest distances between points [B, n, 2] and [B, m, 2], [B]."""
    differences = first[:, :, np.newaxis] - second[:, np.newaxis]
    return np.linalg.norm(differences, axis=-1).min(axis=(1, 2))


def test_most_second_strokes_touch_the_first_somewhere(programs):
    strokes, _ = programs
    first, second = curve_points(strokes[:, 0]), curve_points(strokes[:, 1])
    assert 0.6 < np.mean(_distances(first, second) < 0.02) < 0.95
    assert np.mean(_distances(first[:, :1], second) < 0.02) < 0.5


def test_a_seed_gives_one_set_of_programs(programs):
    again, _ = stroke_programs(np.random.default_rng(0), 300)
    other, _ = stroke_programs(np.random.default_rng(1), 300)
    np.testing.assert_array_equal(again, programs[0])
    assert not np.array_equal(other, programs[0])
