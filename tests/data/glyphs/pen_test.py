import numpy as np

from metanet_tf.data.glyphs.pen import curve_points, draw

SIZE = 20
PEN = 0.05  # One pixel.


def _line(start, end):
    """A straight curve, float32 [4, 2]."""
    return np.linspace(start, end, 4, dtype=np.float32)


def _drawn(*curves, present=None, pen=PEN):
    """One picture of `curves`, float64 [SIZE, SIZE] in [0, 1]."""
    present = [True] * len(curves) if present is None else present
    pictures = draw(
        np.stack([curves]), np.array([present]), np.array([pen], np.float32), SIZE
    )
    return pictures[0, ..., 0] / 255


def test_a_curve_starts_and_ends_at_its_outer_control_points():
    points = curve_points(np.array([[1, 2], [5, 5], [6, 6], [3, 4]], np.float32))
    np.testing.assert_allclose(points[0], [1, 2], atol=1e-6)
    np.testing.assert_allclose(points[-1], [3, 4], atol=1e-6)


def test_an_inner_control_point_pulls_most_a_third_of_the_way_along():
    points = curve_points(np.array([[0, 0], [0, 1], [0, 0], [0, 0]], np.float32))
    # 3 t (1 - t)^2 is largest at t = 1/3: 3 * 1/3 * 4/9.
    assert abs(points[:, 1].max() - 4 / 9) < 1e-3
    assert abs(points[:, 1].argmax() / (len(points) - 1) - 1 / 3) < 0.02


def test_a_line_is_inked_along_its_middle_and_nowhere_far():
    picture = _drawn(_line((0.2, 0.525), (0.8, 0.525)))
    assert (picture[10, 5:15] == 1).all()
    assert (picture[:7] == 0).all() and (picture[14:] == 0).all()


def test_x_runs_along_columns_and_y_along_rows():
    picture = _drawn(_line((0.225, 0.1), (0.225, 0.4)))
    assert picture[5, 4] == 1 and picture[4, 15] == 0 and picture[15, 4] == 0


def test_a_line_has_soft_edges():
    picture = _drawn(_line((0.2, 0.5), (0.8, 0.5)))
    edge = picture[:, 10]
    assert ((edge > 0) & (edge < 1)).any()


def test_ink_along_a_line_does_not_depend_on_its_length():
    short = _drawn(_line((0.4, 0.55), (0.6, 0.55)), pen=0.03)
    long = _drawn(_line((0.2, 0.55), (0.8, 0.55)), pen=0.03)
    np.testing.assert_allclose(short[:, 10], long[:, 10], atol=0.02)


def test_a_wider_pen_leaves_more_ink():
    line = _line((0.2, 0.5), (0.8, 0.5))
    assert _drawn(line, pen=0.06).sum() > 1.3 * _drawn(line, pen=0.03).sum()


def test_an_absent_curve_leaves_no_ink():
    line, other = _line((0.2, 0.2), (0.8, 0.2)), _line((0.2, 0.8), (0.8, 0.8))
    picture = _drawn(line, other, present=[True, False])
    np.testing.assert_array_equal(picture, _drawn(line))
