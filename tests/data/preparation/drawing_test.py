import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits

from benchmarks.real_pictures import CONDITIONS, SHAPES, by_hand, draw
from metanet_tf.data.preparation import prepare_each, prepare_pictures
from metanet_tf.data.preparation.drawing import (
    SMALL_PICTURE,
    SmallPictures,
    make_small,
    prepare_small,
)

SIZE = 28
ANY_SMALL_PICTURES = SmallPictures(
    *(tf.TensorSpec([None, *spec.shape], spec.dtype) for spec in SMALL_PICTURE)
)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
# Turned pictures are of other drawings, and thick strokes hide what is between them.
LIKENESS = {"sheet on a desk": 0.75, "tilted": 0.75, "strokes of 10 %": 0.85}


@pytest.fixture(scope="module")
def prepare():
    """Prepares one picture, [SIZE, SIZE]."""
    traced = tf.function(
        lambda pixels, ink: prepare_pictures(pixels, SIZE, ink, "drawing"),
        input_signature=[
            tf.TensorSpec([None, None, None, 4], tf.uint8),
            tf.TensorSpec([], tf.string),
        ],
    )
    return lambda picture, ink="detect": traced(_pixels(picture), ink)[
        0, ..., 0
    ].numpy()


def _pixels(picture):
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(np.asarray(picture, np.uint8))
    return np.array(picture.convert("RGBA"))[np.newaxis]


def _likeness(image, other):
    """Cosine of two images that are blurred by a pixel."""
    a, b = (gaussian_filter(x, 1.0).ravel() for x in (image, other))
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)


def _figure(kind, box, side=200, width=6, ink=BLACK, paper=WHITE):
    """A picture of one figure that Pillow draws."""
    picture = Image.new("RGB", (side, side), paper)
    canvas = ImageDraw.Draw(picture)
    if kind == "line":
        canvas.line(box, ink, width)
    elif kind == "triangle":
        left, top, right, bottom = box
        corners = [((left + right) // 2, top), (right, bottom), (left, bottom)]
        canvas.polygon(corners, ink)
    else:
        getattr(canvas, kind)(box, ink)
    return picture


def _extent(image):
    """First row, last row, first column, last column with ink."""
    rows, columns = (np.flatnonzero((image > 0.5).any(axis=axis)) for axis in (1, 0))
    return rows[0], rows[-1], columns[0], columns[-1]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_drawing_looks_the_same_under_every_condition(prepare, condition):
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        strokes = by_hand(shape, rng)
        changed = prepare(CONDITIONS[condition](strokes, rng))
        likeness = _likeness(changed, prepare(draw(strokes)))
        assert likeness > LIKENESS.get(condition, 0.93), shape


@pytest.mark.parametrize("pen", [0.01, 0.02, 0.04, 0.07, 0.1])
def test_strokes_get_one_width(prepare, pen):
    images = [
        prepare(draw(by_hand(shape, np.random.default_rng(0)), pen=pen, size=0.8))
        for shape in ("arrow", "bolt", "tree")
    ]
    thin = [
        prepare(draw(by_hand(shape, np.random.default_rng(0)), pen=0.02, size=0.8))
        for shape in ("arrow", "bolt", "tree")
    ]
    for image, other in zip(images, thin, strict=True):
        assert image.sum() == pytest.approx(other.sum(), rel=0.15)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_ink_is_in_the_middle_of_one_size_and_within_the_image(prepare, shape):
    picture = draw(by_hand(shape, np.random.default_rng(1)), size=0.4, place=(0.3, 0.6))
    image = prepare(picture)
    total, place = image.sum(), np.arange(SIZE) - (SIZE - 1) / 2
    down, right = image.sum(axis=1) @ place / total, image.sum(axis=0) @ place / total
    assert abs(down) < 1.2 and abs(right) < 1.2
    squares = (image * (place[:, None] ** 2 + place**2)).sum() / total
    assert 6.5 < np.sqrt(squares) < 10.5


def test_a_long_stroke_does_not_make_the_rest_much_smaller(prepare):
    circle = np.linspace(0, 2 * np.pi, 40)
    ring = 0.35 * np.stack([np.cos(circle), np.sin(circle)], axis=1)
    alone, with_tail = (
        prepare(draw([ring, *tail], pen=0.03, size=0.6))
        for tail in ([], [np.array([(0.35, 0.0), (1.0, 0.0)])])
    )
    heights = [
        np.ptp(np.flatnonzero((image > 0.5).any(axis=1)))
        for image in (alone, with_tail)
    ]
    assert heights[1] > 0.6 * heights[0]


@pytest.mark.parametrize("ink", [(0, 0, 0), (200, 30, 40), (120, 120, 120)])
@pytest.mark.parametrize("size", [(100, 300), (300, 100), (400, 100)])
def test_a_picture_that_is_not_square_is_not_stretched(prepare, ink, size):
    square = Image.new("RGB", (60, 60), WHITE)
    ImageDraw.Draw(square).rectangle((10, 10, 50, 50), outline=ink, width=4)
    wide = Image.new("RGB", size, WHITE)
    wide.paste(square, ((size[0] - 60) // 2, (size[1] - 60) // 2))
    assert _likeness(prepare(wide), prepare(square)) > 0.9


def test_filled_shapes_differ(prepare):
    boxes = [(40, 40, 160, 160), (80, 20, 130, 70)]
    for large, small in [boxes, boxes[::-1]]:
        images = {
            kind: prepare(_figure(kind, large))
            for kind in ("rectangle", "ellipse", "triangle")
        }
        for kind, image in images.items():
            likeness = {
                other: _likeness(image, prepare(_figure(other, small)))
                for other in images
            }
            assert max(likeness, key=likeness.get) == kind
            assert likeness[kind] > 0.98
            assert sorted(likeness.values())[1] < 0.97


def test_a_filled_shape_differs_from_its_outline(prepare):
    filled = prepare(_figure("rectangle", (40, 40, 160, 160)))
    outline = Image.new("RGB", (200, 200), WHITE)
    ImageDraw.Draw(outline).rectangle((40, 40, 160, 160), outline=BLACK, width=6)
    assert filled.sum() > 2 * prepare(outline).sum()


@pytest.mark.parametrize("width", [2, 8, 20])
@pytest.mark.parametrize("is_upright", [False, True])
def test_a_line_alone_stays_a_line(prepare, width, is_upright):
    place = (100, 30, 100, 170) if is_upright else (30, 100, 170, 100)
    image = prepare(_figure("line", place, width=width))
    top, bottom, left, right = _extent(image)
    long, short = (bottom - top, right - left)[:: 1 if is_upright else -1]
    assert long + 1 >= 19 and short + 1 <= 4


def test_the_dot_of_an_i_stays(prepare):
    for pen in (0.012, 0.03, 0.1):
        strokes = [
            np.array([(0, -0.3), (0, 1.0)]),
            np.array([(0, -1.0), (0.001, -1.0)]),
        ]
        image = prepare(draw(strokes, pen=pen, size=0.7))
        is_ink = image[:, SIZE // 2 - 2 : SIZE // 2 + 2].max(axis=1) > 0.6
        starts = np.flatnonzero(np.diff(is_ink.astype(int), prepend=0) == 1)
        ends = np.flatnonzero(np.diff(is_ink.astype(int), append=0) == -1)
        dot, line = ends - starts + 1
        assert dot <= 4 and line >= 8 and starts[1] - ends[0] >= 3


def test_a_dot_alone_is_ink(prepare):
    assert prepare(_figure("ellipse", (90, 90, 96, 96))).max() == 1.0


@pytest.mark.parametrize("ink", ["detect", "dark", "light"])
@pytest.mark.parametrize("brightness", [0, 40, 128, 200, 255])
@pytest.mark.parametrize("noise", [0, 3, 12])
def test_blank_paper_gives_nothing(prepare, ink, brightness, noise):
    rng = np.random.default_rng(0)
    paper = np.full([120, 160, 1], brightness) + rng.normal(0, noise, [120, 160, 3])
    assert not prepare(np.clip(paper, 0, 255), ink).any()


_ROWS, _COLUMNS = np.mgrid[:120, :160] / 160 - 0.5
LIGHTS = {
    "slope": _COLUMNS + 0.7 * _ROWS,
    "shadow": (_COLUMNS > 0.1).astype(float),
    "lamp": 1 - _ROWS**2 - _COLUMNS**2,
}


@pytest.mark.parametrize("name", LIGHTS)
def test_paper_in_uneven_light_gives_nothing(prepare, name):
    light = (LIGHTS[name] - LIGHTS[name].min()) / np.ptp(LIGHTS[name])
    assert not prepare(80 + 160 * light).any()


@pytest.mark.parametrize("ink", ["detect", "dark", "light"])
@pytest.mark.parametrize("darkest", [0, 20, 80, 160])
@pytest.mark.parametrize("width", [0.2, 0.3, 0.5])
@pytest.mark.parametrize("is_shadow", [False, True])
def test_smooth_light_is_no_ink(prepare, ink, darkest, width, is_shadow):
    for middle in [(0, 0), (-0.1, 0.1), (0.2, 0.4)]:
        distance = (_ROWS - middle[0]) ** 2 + (_COLUMNS - middle[1]) ** 2
        light = np.exp(-distance / (2 * width**2))
        light = 1 - light if is_shadow else light
        assert not prepare(darkest + (250 - darkest) * light, ink).any(), middle


@pytest.mark.parametrize("degrees", range(0, 360, 40))
@pytest.mark.parametrize("share", [0.5, 0.7, 0.85])
@pytest.mark.parametrize("distance", [-0.15, 0.1, 0.3])
def test_a_shadow_with_a_sharp_edge_is_no_ink(prepare, degrees, share, distance):
    rows, columns = np.mgrid[:240, :320] / 320 - [[[0.375]], [[0.5]]]
    turn = np.radians(degrees)
    is_shadow = np.sin(turn) * rows + np.cos(turn) * columns > distance
    light = np.where(is_shadow, share, 1.0)[..., np.newaxis]
    picture = Image.new("RGB", (320, 240), (235, 225, 205))
    picture.paste(draw(by_hand("key", np.random.default_rng(0)), side=160), (80, 40))
    paper = np.full([240, 320, 3], 235.0)
    assert not prepare(gaussian_filter(paper * light, (1, 1, 0))).any()
    pixels = np.minimum(np.asarray(picture), [235, 225, 205])
    shaded = gaussian_filter(pixels * light, (1, 1, 0))
    assert _likeness(prepare(shaded), prepare(pixels)) > 0.93


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (1, 300), (300, 1), (2, 2)])
@pytest.mark.parametrize("brightness", [0, 255])
def test_a_picture_of_one_colour_gives_nothing(prepare, size, brightness):
    assert not prepare(np.full(size, brightness)).any()


def test_any_pixels_give_finite_images(prepare):
    rng = np.random.default_rng(0)
    for size in [
        (1, 1),
        (1, 7),
        (5, 1),
        (3, 3),
        (8, 8),
        (9, 250),
        (64, 64),
        (129, 127),
    ]:
        image = prepare(rng.integers(0, 256, size))
        assert np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1


def test_thick_drawings_are_no_sheets(prepare):
    for ink, paper in [(BLACK, WHITE), (WHITE, BLACK)]:
        picture = _figure("ellipse", (40, 15, 160, 185), ink=ink, paper=paper)
        ImageDraw.Draw(picture).ellipse((80, 50, 120, 150), paper)
        image = prepare(picture)
        assert image[SIZE // 2, SIZE // 2] < 0.1, "the hole"
        assert image[SIZE // 2].max() > 0.8, "its sides"


def test_light_ink_gives_what_dark_ink_gives(prepare):
    strokes = by_hand("boat", np.random.default_rng(0))
    dark = prepare(draw(strokes, ink=BLACK, paper=WHITE))
    light = draw(strokes, ink=WHITE, paper=BLACK)
    assert _likeness(prepare(light), dark) > 0.97
    assert _likeness(prepare(light, "light"), dark) > 0.97


def test_ink_on_nothing_is_found(prepare):
    strokes = by_hand("fish", np.random.default_rng(0))
    expected = prepare(draw(strokes))
    for ink in (BLACK, WHITE, (200, 30, 30)):
        opacity = draw(strokes, ink=WHITE, paper=BLACK).convert("L")
        picture = Image.new("RGBA", opacity.size, (*ink, 0))
        picture.paste((*ink, 255), mask=opacity)
        assert _likeness(prepare(picture), expected) > 0.97


def _varied_pictures():
    """Pictures that take every branch of the preparation, and loops of all lengths."""
    rng = np.random.default_rng(0)
    pictures = [
        CONDITIONS[name](by_hand(shape, rng), rng)
        for name in CONDITIONS
        if name != "12 megapixels"  # A second each.
        for shape in ("house", "question")
    ]
    lights = [
        80 + 160 * (light - light.min()) / np.ptp(light) for light in LIGHTS.values()
    ]
    blank = [np.full([60, 60], brightness) for brightness in (0, 128, 255)]
    noise = [rng.integers(0, 256, size) for size in [(1, 1), (5, 1), (8, 8), (70, 90)]]
    digits = [16 * image for image in load_digits().images[:12]]
    filled = [
        _figure(kind, box)
        for kind in ("rectangle", "ellipse")
        for box in [(20, 20, 190, 190), (40, 40, 120, 160), (90, 90, 96, 96)]
    ]
    drawn = draw(by_hand("fish", rng), ink=WHITE, paper=BLACK).convert("L")
    clear = [Image.new("RGBA", drawn.size, (*ink, 0)) for ink in (BLACK, WHITE)]
    for picture, ink in zip(clear, (BLACK, WHITE), strict=True):
        picture.paste((*ink, 255), mask=drawn)
    clear.append(Image.new("RGBA", (50, 50)))
    return pictures + lights + blank + noise + digits + filled + clear


@pytest.mark.parametrize("at_once", [2, 9, 200])
def test_pictures_of_a_batch_do_not_affect_each_other(at_once):
    prepare = tf.function(
        lambda small: prepare_small(small, SIZE), input_signature=[ANY_SMALL_PICTURES]
    )
    pictures = [tf.constant(_pixels(picture)) for picture in _varied_pictures()]
    small = [make_small(pixels) for pixels in pictures]
    alone = np.concatenate([prepare(one) for one in small])
    order = np.random.default_rng(at_once).permutation(len(small))
    for chosen in np.split(order, range(at_once, len(order), at_once)):
        parts = zip(*(small[i] for i in chosen), strict=True)
        batch = SmallPictures(*(tf.concat(part, axis=0) for part in parts))
        np.testing.assert_allclose(prepare(batch), alone[chosen], atol=1e-5)


def test_pictures_of_different_sizes_are_prepared_as_each_alone(prepare):
    rng = np.random.default_rng(0)
    pictures = [
        Image.fromarray(rng.integers(0, 256, size).astype(np.uint8))
        for size in [(8, 8), (20, 50), (300, 200)]
    ]
    pictures += [draw(by_hand("key", rng), side=side) for side in (30, 105, 500)]
    files = [tf.io.encode_png(_pixels(picture)[0]) for picture in pictures]
    for preparation in ("drawing", "none"):
        together = prepare_each(
            tf.stack(files),
            lambda file: tf.io.decode_png(file, channels=4),
            SIZE,
            preparation=preparation,
        )
        for picture, image in zip(pictures, together, strict=True):
            alone = prepare_pictures(
                tf.constant(_pixels(picture)), SIZE, preparation=preparation
            )
            np.testing.assert_allclose(image, alone[0], atol=1e-4)


def test_no_pictures_give_no_images():
    none = tf.zeros([0, 5, 7, 4], tf.uint8)
    assert prepare_pictures(none, SIZE, preparation="drawing").shape == (0, 28, 28, 1)


@pytest.mark.parametrize("image_size", [14, 28, 40])
def test_images_of_every_size_show_the_same(prepare, image_size):
    pixels = _pixels(draw(by_hand("house", np.random.default_rng(0))))
    image = prepare_pictures(tf.constant(pixels), image_size, preparation="drawing")
    assert image.shape == (1, image_size, image_size, 1)
    resized = tf.image.resize(image, [SIZE, SIZE], antialias=True)[0, ..., 0]
    assert _likeness(resized.numpy(), prepare(Image.fromarray(pixels[0]))) > 0.93
