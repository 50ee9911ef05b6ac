import base64

import pytest

from metanet_tf.demo.lesson import read_drawing, read_lesson
from metanet_tf.errors import InputError


def test_lesson_is_read_as_it_was_sent(lesson, request_of):
    assert read_lesson(request_of(lesson)) == lesson


def test_drawing_is_read_as_it_was_sent(lesson, request_of, picture):
    assert read_drawing(request_of(lesson, picture(7))) == picture(7)


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "a\\b", " a", "a.", "a\n", "con:", "x" * 41, 7, None]
)
def test_name_must_be_possible_for_a_folder(lesson, request_of, name):
    with pytest.raises(InputError, match="class's name must have"):
        read_lesson(request_of([(name, lesson[0].examples), *lesson[1:]]))


@pytest.mark.parametrize("name", ["z", "x" * 40, "Ω 1", "星", "a.b", "naïve-2"])
def test_names_of_many_kinds_are_taken(lesson, request_of, name):
    read = read_lesson(request_of([(name, lesson[0].examples), *lesson[1:]]))
    assert read[0].name == name


def test_names_must_differ_in_more_than_case(lesson, request_of):
    with pytest.raises(InputError, match="different names.*Axle"):
        read_lesson(request_of([*lesson, ("Axle", lesson[0].examples)]))


@pytest.mark.parametrize("count", [0, 1, 11])
def test_there_are_two_to_ten_classes(request_of, picture, count):
    classes = [(f"class {i}", [picture(i)]) for i in range(count)]
    with pytest.raises(InputError, match=f"2 to 10 classes. Received: {count}"):
        read_lesson(request_of(classes))


@pytest.mark.parametrize("count", [0, 6])
def test_a_class_has_one_to_five_examples(lesson, request_of, picture, count):
    pictures = [picture(i) for i in range(count)]
    with pytest.raises(InputError, match="1 to 5 examples of hub"):
        read_lesson(request_of([*lesson[:2], ("hub", pictures)]))


@pytest.mark.parametrize(
    "content", [None, [], {}, {"classes": 3}, {"classes": [1, 2]}, {"classes": {}}]
)
def test_other_content_is_refused(content):
    with pytest.raises(InputError):
        read_lesson(content)


@pytest.mark.parametrize("drawing", [None, 3, "", "?", "ü", b"GIF89a".hex()])
def test_drawing_must_be_a_png_file(drawing):
    with pytest.raises(InputError, match="PNG file.*Received: the drawing"):
        read_drawing({"drawing": drawing})


@pytest.mark.parametrize(("side", "is_taken"), [(512, True), (513, False)])
def test_picture_must_not_unfold_to_many_pixels(picture, side, is_taken):
    content = {"drawing": base64.b64encode(picture(0, side)).decode()}
    if is_taken:
        assert read_drawing(content) == picture(0, side)
    else:
        with pytest.raises(InputError, match="512 x 512"):
            read_drawing(content)
