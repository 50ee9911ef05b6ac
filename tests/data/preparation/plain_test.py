import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import INKS
from metanet_tf.data.preparation.plain import find_ink, prepare_plainly
from metanet_tf.data.preparation.resizing import prepare_images

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def _strokes(size=40, seed=0):
    """Makes a few strokes, two of which reach the edge: bool [size, size]."""
    ink = np.zeros([size, size], bool)
    for place in np.random.default_rng(seed).integers(size // 5, 4 * size // 5, 2):
        ink[place : place + size // 10, : 3 * size // 4] = True
        ink[size // 4 :, place : place + size // 10] = True
    return ink


def _picture(ink, ink_colour, paper_colour, opacity=255):
    """uint8 [1, h, w, 4]; `opacity` is the paper's."""
    colours = np.where(ink[..., np.newaxis], ink_colour, paper_colour)
    opacities = np.where(ink, 255, opacity)[..., np.newaxis]
    return np.concatenate([colours, opacities], axis=-1).astype(np.uint8)[np.newaxis]


def _is_found(strokes, picture, **settings):
    found = find_ink(picture, **settings)[0, :, :, 0].numpy()
    return np.array_equal(found > 0.5, strokes)


@pytest.mark.parametrize(("ink", "paper"), [(BLACK, WHITE), (WHITE, BLACK)])
@pytest.mark.parametrize("size", [28, 40, 105])
def test_black_and_white_give_exactly_what_training_images_are(ink, paper, size):
    strokes = _strokes(size)
    training = _picture(strokes, BLACK, WHITE)[..., :3]
    np.testing.assert_allclose(
        prepare_plainly(_picture(strokes, ink, paper), 28),
        prepare_images(training, 28),
        atol=1e-6,
    )


def test_grey_levels_of_a_training_image_come_back():
    training = np.zeros([1, 28, 28, 1], np.float32)
    training[0, 5:20, 5:20] = np.random.default_rng(0).random([15, 15, 1])
    ink = np.round(255 * training).astype(np.uint8)
    for brightness in (ink, 255 - ink):
        colours = np.repeat(brightness, 3, axis=-1)
        picture = np.concatenate([colours, np.full_like(ink, 255)], axis=-1)
        np.testing.assert_allclose(
            prepare_plainly(picture, 28), ink / np.float32(255), atol=1e-6
        )


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((60, 60, 60), (190, 190, 190)),  # pencil on recycled paper
        ((230, 230, 230), (40, 60, 45)),  # chalk on a board
        ((255, 220, 0), WHITE),  # as bright as paper, but for its blue
        ((200, 0, 0), BLACK),
        ((180, 30, 30), (250, 235, 200)),
        ((10, 10, 10), (20, 30, 220)),
    ],
)
def test_ink_is_found_in_colours(ink, paper):
    strokes = _strokes()
    assert _is_found(strokes, _picture(strokes, ink, paper))


def test_heavy_ink_at_the_border_is_still_ink():
    strokes = np.zeros([40, 40], bool)
    strokes[8:32] = True  # 60 % of the picture, and of two of its edges
    for colours in [(BLACK, WHITE), (WHITE, BLACK)]:
        assert _is_found(strokes, _picture(strokes, *colours))


def test_narrow_frame_is_not_taken_for_paper():
    strokes = _strokes()
    framed = strokes.copy()
    framed[[0, -1]] = framed[:, [0, -1]] = True
    assert _is_found(framed, _picture(framed, BLACK, WHITE))


def test_strokes_outweigh_shade_and_noise():
    strokes = _strokes(60)
    shade = np.linspace(-25, 25, 60)[:, np.newaxis, np.newaxis]
    noise = np.random.default_rng(0).normal(0, 4, [60, 60, 3])
    for ink, paper in [(60, 200), (220, 50)]:
        picture = _picture(strokes, (ink,) * 3, (paper,) * 3).astype(np.float32)
        picture[0, :, :, :3] += shade + noise
        assert _is_found(strokes, np.clip(picture, 0, 255).astype(np.uint8))


def test_few_strokes_outweigh_a_wide_glow():
    strokes = np.zeros([60, 60], bool)
    strokes[28:31, 15:45] = True
    picture = _picture(strokes, (50, 50, 50), (180, 180, 180))
    picture[0, 10:50, 10:50, :3] += np.uint8(20)
    assert _is_found(strokes, picture)


@pytest.mark.parametrize("colour", [BLACK, WHITE, (200, 30, 30)])
def test_ink_on_nothing_is_found_whatever_its_colour(colour):
    strokes = _strokes()
    assert _is_found(strokes, _picture(strokes, colour, BLACK, opacity=0))


def test_ink_may_be_told_where_it_cannot_be_detected():
    paper = np.ones([40, 40], bool)
    paper[18:22] = False  # A thick black stroke, of which the paper's edge is left.
    strokes = ~paper
    picture = _picture(strokes, BLACK, WHITE)
    assert _is_found(strokes, picture, ink="dark")
    assert not find_ink(picture, "light").numpy().any()
    picture = _picture(strokes, WHITE, BLACK)
    assert _is_found(strokes, picture, ink=tf.constant("light"))
    assert not find_ink(picture, "dark").numpy().any()


@pytest.mark.parametrize("side", [400, 1000])
def test_a_thin_pen_is_as_strong_as_training_strokes(side):
    strokes = np.zeros([side, side], bool)
    strokes[side // 4 : 3 * side // 4, side // 2 : side // 2 + 3] = True
    prepared = prepare_plainly(_picture(strokes, (90, 90, 90), (230, 230, 230)), 28)
    assert np.max(prepared) == pytest.approx(1.0)
    assert np.mean(prepared) > 0.01


@pytest.mark.parametrize("brightness", [0, 7, 128, 255])
@pytest.mark.parametrize("ink", INKS)
def test_blank_paper_has_no_ink(brightness, ink):
    noise = np.random.default_rng(0).integers(0, 3, [1, 30, 30, 1])
    picture = np.repeat(np.clip(brightness + noise, 0, 255), 4, axis=-1)
    picture[..., 3] = 255
    assert np.max(prepare_plainly(picture.astype(np.uint8), 28, ink)) < 0.05


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [
        ((14, 28), slice(7, 21), slice(0, 28)),
        ((28, 14), slice(0, 28), slice(7, 21)),
    ],
)
def test_picture_is_in_the_middle_of_a_square_of_paper(size, rows, columns):
    strokes = np.random.default_rng(0).random(size) < 0.2
    prepared = prepare_plainly(_picture(strokes, WHITE, BLACK), 28)[0, :, :, 0]
    expected = np.zeros([28, 28])
    expected[rows, columns] = strokes
    np.testing.assert_allclose(prepared, expected, atol=1e-6)


def test_pictures_of_a_batch_do_not_affect_each_other():
    strokes = [_strokes(seed=seed) for seed in range(2)]
    dark, light = (
        _picture(strokes[0], BLACK, (200, 200, 200)),
        _picture(strokes[1], WHITE, (30, 0, 0)),
    )
    together = prepare_plainly(np.concatenate([dark, light]), 28)
    np.testing.assert_allclose(together[:1], prepare_plainly(dark, 28), atol=1e-6)
    np.testing.assert_allclose(together[1:], prepare_plainly(light, 28), atol=1e-6)


def test_any_size_is_prepared_by_one_graph():
    traced = tf.function(
        lambda pictures: prepare_plainly(pictures, 28),
        input_signature=[tf.TensorSpec([None, None, None, 4], tf.uint8)],
    )
    for height, width in [(105, 105), (1, 1), (20, 600)]:
        prepared = traced(tf.zeros([3, height, width, 4], tf.uint8))
        assert prepared.shape == (3, 28, 28, 1)


@pytest.mark.parametrize("size", [50, 60, 100, 500])
def test_solid_ink_of_any_size_stays_within_its_bounds(size):
    pictures = np.full([1, size, size, 4], 255, np.uint8)
    pictures[:, size // 3 : 2 * size // 3, size // 3 : size // 2, :3] = 0
    images = prepare_plainly(tf.constant(pictures), 28, "dark")
    assert np.min(images) >= 0.0
    assert np.max(images) == 1.0
