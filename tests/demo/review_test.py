import numpy as np

from metanet_tf.demo.review import BLANK, Note, review
from metanet_tf.one_shot.pictures import Prepared


def prepared(*inked_columns):
    image = np.zeros([1, 4, 4, 1], np.float32)
    image[:, :, inked_columns] = 1
    return Prepared(
        image, ["picture 0"], np.arange(1), np.array([not len(inked_columns)])
    )


PAPER, LEFT, RIGHT, BOTH = prepared(), prepared(0), prepared(3), prepared(0, 3)


def test_blank_examples_are_noted_not_called_alike():
    assert review(["a", "b"], [[LEFT, PAPER], [PAPER]]) == [
        Note(0, 1, BLANK),
        Note(1, 0, BLANK),
    ]


def test_same_drawing_in_two_classes_is_noted_at_both():
    notes = review(["a", "b", "c"], [[LEFT], [RIGHT, prepared(0)], [BOTH]])
    assert notes == [
        Note(0, 0, "The same picture is in b."),
        Note(1, 1, "The same picture is in a."),
    ]


def test_same_drawing_twice_in_a_class_is_fine():
    assert review(["a", "b"], [[LEFT, LEFT], [RIGHT]]) == []
