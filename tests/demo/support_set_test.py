import base64
import io
import pathlib
import zipfile

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from PIL import Image

from metanet_tf.demo.downloads import zip_examples
from metanet_tf.demo.strokes import draw_strokes
from metanet_tf.demo.support_set import (
    CardError,
    TaughtClass,
    read_drawing,
    read_support_set,
)
from metanet_tf.utils.errors import InputError

CROSS = [[100, 100, 900, 900], [900, 100, 100, 900]]


def file(size, frames=1, format="WEBP"):
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, [frames, size, size, 3], np.uint8)
    first, *others = map(Image.fromarray, pixels)
    content = io.BytesIO()
    first.save(content, format, save_all=True, append_images=others)
    return content.getvalue()


def sent(content):
    return {"drawing": {"picture": base64.b64encode(content).decode()}}


def test_support_set_is_read_as_it_was_sent(support_set, request_of):
    assert read_support_set(request_of(support_set)) == support_set


def test_drawing_is_read_as_it_was_sent(support_set, request_of, picture):
    assert read_drawing(request_of(support_set, picture(7))) == picture(7)
    assert read_drawing(request_of(support_set)) is None


def test_strokes_are_drawn():
    expected = draw_strokes(tuple(map(tuple, CROSS)))
    assert read_drawing({"drawing": {"strokes": CROSS}}) == expected
    classes = [{"name": "cross", "examples": [{"strokes": CROSS}]}]
    read = read_support_set({"classes": classes})
    assert read == (TaughtClass("cross", (expected,)),)


@pytest.mark.parametrize(
    "strokes",
    [
        None,
        [],
        [[]],
        [[1]],
        [[1, 2, 3]],
        [[1, 2.0]],
        [[1, True]],
        [[-1, 2]],
        [[1, 1001]],
        [["1", "2"]],
        [7],
        {"0": [1, 2]},
        [[1, 2]] * 1001,
        [[1, 2] * 20_001],
    ],
)
def test_other_strokes_are_refused(strokes):
    with pytest.raises(InputError, match="the drawing"):
        read_drawing({"drawing": {"strokes": strokes}})


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "a\\b", " a", "a.", "a\n", "con:", "x" * 41, 7, None]
)
def test_name_must_be_possible_for_a_folder(support_set, request_of, name):
    classes = [support_set[0], (name, support_set[0].examples), support_set[1]]
    with pytest.raises(CardError, match="class's name must have") as raised:
        read_support_set(request_of(classes))
    assert raised.value.index == 1


@pytest.mark.parametrize("name", ["z", "x" * 40, "Ω 1", "星", "a.b", "naïve-2"])
def test_names_of_many_kinds_are_taken(support_set, request_of, name):
    classes = [(name, support_set[0].examples), *support_set[1:]]
    assert read_support_set(request_of(classes))[0].name == name


def test_names_must_differ_in_more_than_case(support_set, request_of):
    classes = [*support_set, ("Axle", support_set[0].examples)]
    with pytest.raises(CardError, match="different names.*Axle") as raised:
        read_support_set(request_of(classes))
    assert raised.value.index == 3


@pytest.mark.parametrize("count", [0, 11])
def test_there_are_one_to_ten_classes(request_of, picture, count):
    classes = [(f"class {i}", [picture(i)]) for i in range(count)]
    with pytest.raises(InputError, match=f"1 to 10 classes. Received: {count}"):
        read_support_set(request_of(classes))


@pytest.mark.parametrize("count", [0, 6])
def test_a_class_has_one_to_five_examples(support_set, request_of, picture, count):
    pictures = [picture(i) for i in range(count)]
    with pytest.raises(InputError, match="1 to 5 examples of hub"):
        read_support_set(request_of([*support_set[:2], ("hub", pictures)]))


@pytest.mark.parametrize(
    "content", [None, [], {}, {"classes": 3}, {"classes": [1, 2]}, {"classes": {}}]
)
def test_other_content_is_refused(content):
    with pytest.raises(InputError):
        read_support_set(content)


@pytest.mark.parametrize("drawing", [3, "", [], {}, {"picture": None}, {"picture": 3}])
def test_other_drawings_are_refused(drawing):
    with pytest.raises(InputError):
        read_drawing({"drawing": drawing})


@pytest.mark.parametrize("text", ["", "?", "ü", b"GIF89a".hex(), "a" * 4001])
def test_picture_must_be_a_png_or_webp_file(text):
    with pytest.raises(InputError, match="PNG or WebP file.*Received: the drawing"):
        read_drawing({"drawing": {"picture": text}})


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
@pytest.mark.parametrize(("side", "is_taken"), [(512, True), (513, False)])
def test_picture_must_not_unfold_to_many_pixels(side, is_taken, format):
    content = file(side, format=format)
    if is_taken:
        assert read_drawing(sent(content)) == content
    else:
        with pytest.raises(InputError, match="512 x 512"):
            read_drawing(sent(content))


def test_picture_must_not_unfold_to_many_frames():
    with pytest.raises(InputError, match="PNG or WebP"):
        read_drawing(sent(file(20, frames=3)))


_NUMBERS = strategies.integers(-1, 1001) | strategies.floats() | strategies.none()
_STROKES = strategies.lists(strategies.lists(_NUMBERS, max_size=4), max_size=3)
_GOOD_STROKES = strategies.just(CROSS)
_PICTURES = strategies.text("+/=AZiVBORw0KGgo", max_size=20) | strategies.just(
    base64.b64encode(file(4)).decode()
)
_DRAWINGS = strategies.one_of(
    strategies.fixed_dictionaries({"strokes": _GOOD_STROKES}),
    strategies.fixed_dictionaries({"strokes": _STROKES}),
    strategies.fixed_dictionaries({"picture": _PICTURES}),
    strategies.none(),
    strategies.text(max_size=3),
)
_NAMES = strategies.text(max_size=5) | strategies.sampled_from(
    ["a", "A", "..", "../b", "/c", "d\\e", "nul", "ß", "SS", None, 3]
)
_CLASSES = strategies.fixed_dictionaries(
    {"name": _NAMES, "examples": strategies.lists(_DRAWINGS, max_size=3)}
)
_SENT = strategies.fixed_dictionaries(
    {"classes": strategies.lists(_CLASSES, max_size=4), "drawing": _DRAWINGS}
)


@hypothesis.settings(max_examples=200)
@hypothesis.given(_SENT | strategies.recursive(_DRAWINGS, strategies.lists))
def test_anything_sent_is_refused_or_a_zip_file_of_one_folder(content):
    try:
        support_set = read_support_set(content)
        drawing = read_drawing(content)
    except InputError:
        return
    assert drawing is None or drawing.startswith((b"\x89PNG", b"RIFF"))
    with zipfile.ZipFile(io.BytesIO(zip_examples(support_set))) as archive:
        for name in archive.namelist():
            place = pathlib.PurePosixPath(name)
            assert len(place.parts) == 3 and ".." not in place.parts
            assert place.parts[0] == "my_classes" and not place.is_absolute()
