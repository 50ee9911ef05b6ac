import numpy as np
import pytest

from metanet_tf.one_shot.pictures import Prepared
from metanet_tf.one_shot.support import (
    check_several_classes,
    extend_support,
    printable,
)
from metanet_tf.utils.errors import InputError


def _prepared(*values):
    images = np.array(values, np.float32).reshape(-1, 1, 1, 1)
    names = [f"{value}.png" for value in values]
    return Prepared(images, names, np.arange(len(values)), np.zeros(len(values), bool))


def test_classes_come_in_turn():
    support = extend_support(None, _prepared(1, 2, 3, 4, 5), np.array(list("bbaba")))
    assert "".join(support.classes) == "ababb"
    assert support.images.ravel().tolist() == [3, 1, 5, 2, 4]
    assert support.sources == ["3.png", "1.png", "5.png", "2.png", "4.png"]


def test_labels_number_the_sorted_names():
    support = extend_support(
        None, _prepared(1, 2, 3), np.array(["wheel", "axle", "hub"])
    )
    assert support.class_names[support.labels].tolist() == support.classes.tolist()
    assert sorted(support.labels) == [0, 1, 2] and support.labels.dtype == np.int32


def test_extended_support_is_what_all_at_once_make():
    first = extend_support(None, _prepared(1, 2), np.array(["a", "b"]))
    extended = extend_support(first, _prepared(3, 4), np.array(["c", "a"]))
    expected = extend_support(None, _prepared(1, 2, 3, 4), np.array(list("abca")))
    np.testing.assert_array_equal(extended.images, expected.images)
    np.testing.assert_array_equal(extended.classes, expected.classes)
    assert extended.sources == expected.sources


def test_longer_names_may_be_added():
    first = extend_support(None, _prepared(1, 2), np.array(["a", "b"]))
    extended = extend_support(first, _prepared(3), np.array(["a long name"]))
    assert "a long name" in extended.classes


def test_same_picture_twice_in_one_class_is_kept():
    support = extend_support(None, _prepared(1, 1, 2), np.array(["a", "a", "b"]))
    assert len(support.images) == 3


@pytest.mark.parametrize(
    ("values", "how"), [([1, 2, 1], "look the same"), ([0, 0], "b")]
)
def test_same_picture_in_two_classes_is_refused(values, how):
    classes = np.array(list("aab")[-len(values) :])
    message = f"{values[0]}.png as a and {values[-1]}.png as b, which .*{how}"
    with pytest.raises(InputError, match=message):
        extend_support(None, _prepared(*values), classes)
    extend_support(None, _prepared(*values), classes, may_be_ambiguous=True)


def test_one_class_alone_is_refused():
    support = extend_support(None, _prepared(1, 2), np.array(["a", "a"]))
    with pytest.raises(InputError, match="two classes. Received: 1 class, a. Add"):
        check_several_classes(support)


def test_no_pictures_are_refused():
    with pytest.raises(InputError, match="two classes. Received: no pictures"):
        extend_support(None, _prepared(), np.array([]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("star", "star"),
        ("\xe9toile 1", "\xe9toile 1"),
        ("a\nb", "a\\nb"),
        ("\udcff", "\\udcff"),
        ("\x1b[31m", "\\x1b[31m"),
        (3, "3"),
    ],
)
def test_names_are_printed_on_one_line(name, text):
    assert printable(name) == text
