import numpy as np
import pytest

from metanet_tf.errors import InputError
from metanet_tf.one_shot.pictures import Prepared
from metanet_tf.one_shot.support import extend_support, make_support


def _prepared(*values):
    images = np.array(values, np.float32).reshape(-1, 1, 1, 1)
    return Prepared(images, [f"{value}.png" for value in values])


def test_classes_come_in_turn():
    support = make_support(_prepared(1, 2, 3, 4, 5), np.array(list("bbaba")))
    assert "".join(support.classes) == "ababb"
    assert support.images.ravel().tolist() == [3, 1, 5, 2, 4]
    assert support.sources == ["3.png", "1.png", "5.png", "2.png", "4.png"]


def test_labels_number_the_sorted_names():
    support = make_support(_prepared(1, 2, 3), np.array(["wheel", "axle", "hub"]))
    assert support.class_names[support.labels].tolist() == support.classes.tolist()
    assert sorted(support.labels) == [0, 1, 2] and support.labels.dtype == np.int32


def test_extended_support_is_what_all_at_once_make():
    first = make_support(_prepared(1, 2), np.array(["a", "b"]))
    extended = extend_support(first, _prepared(3, 4), np.array(["c", "a"]))
    expected = make_support(_prepared(1, 2, 3, 4), np.array(list("abca")))
    np.testing.assert_array_equal(extended.images, expected.images)
    np.testing.assert_array_equal(extended.classes, expected.classes)
    assert extended.sources == expected.sources


def test_longer_names_may_be_added():
    first = make_support(_prepared(1, 2), np.array(["a", "b"]))
    extended = extend_support(first, _prepared(3), np.array(["a long name"]))
    assert "a long name" in extended.classes


def test_same_picture_twice_in_one_class_is_kept():
    support = make_support(_prepared(1, 1, 2), np.array(["a", "a", "b"]))
    assert len(support.images) == 3


def test_same_picture_in_two_classes_is_refused():
    with pytest.raises(InputError, match="1.png as a and 1.png as b"):
        make_support(_prepared(1, 2, 1), np.array(["a", "a", "b"]))


@pytest.mark.parametrize(("names", "received"), [("aa", "1 class, a"), ("", "0 cl")])
def test_fewer_than_two_classes_are_refused(names, received):
    with pytest.raises(InputError, match=f"two classes. Received: {received}"):
        make_support(_prepared(*range(len(names))), np.array(list(names)))
