import dataclasses

import numpy as np
import pytest

from metanet_tf.data.image_classes import ImageClasses, hold_out_validation
from metanet_tf.utils.errors import InputError


def _classes(sizes):
    """Every pixel of an image holds its position among all images."""
    positions = np.arange(sum(sizes), dtype=np.uint8)
    images = np.broadcast_to(positions[:, None, None, None], [len(positions), 3, 3, 1])
    names = tuple(f"class{i}" for i in range(len(sizes)))
    return ImageClasses(images, np.array(sizes, np.int32), names)


def test_class_starts_follow_from_the_sizes():
    assert _classes([2, 3, 1]).class_starts.tolist() == [0, 2, 5]


def test_subset_keeps_images_sizes_and_names_in_the_given_order():
    subset = _classes([2, 3, 1, 2]).subset(np.array([3, 1]))
    assert subset.images[:, 0, 0, 0].tolist() == [6, 7, 2, 3, 4]
    assert subset.class_sizes.tolist() == [2, 3]
    assert subset.class_names == ("class3", "class1")


def test_rotated_classes_follow_the_upright_ones():
    image = np.array([[1, 2], [3, 4]], np.uint8)[np.newaxis, :, :, np.newaxis]
    classes = ImageClasses(image, np.array([1], np.int32), ("a",)).with_rotations()
    turned = [[[1, 2], [3, 4]], [[2, 4], [1, 3]], [[4, 3], [2, 1]], [[3, 1], [4, 2]]]
    assert classes.images[..., 0].tolist() == turned
    assert classes.class_names == ("a@0", "a@90", "a@180", "a@270")


def test_mirrored_classes_follow_the_others():
    image = np.array([[1, 2], [3, 4]], np.uint8)[np.newaxis, :, :, np.newaxis]
    classes = ImageClasses(image, np.array([1], np.int32), ("a",)).with_reflections()
    assert classes.images[..., 0].tolist() == [[[1, 2], [3, 4]], [[2, 1], [4, 3]]]
    assert classes.class_names == ("a", "a@mirror")


def test_groups_go_with_their_classes():
    classes = dataclasses.replace(_classes([2, 3, 1]), class_groups=("x", "y", "x"))
    assert classes.subset(np.array([2, 1])).class_groups == ("x", "y")
    assert classes.with_reflections().class_groups == (
        *("x", "y", "x"),
        *("x@mirror", "y@mirror", "x@mirror"),
    )
    assert classes.with_rotations().class_groups[3:6] == ("x@90", "y@90", "x@90")


def test_every_class_has_a_group_or_none():
    with pytest.raises(InputError, match="one group per class name, 2. Received: 1"):
        dataclasses.replace(_classes([2, 3]), class_groups=("x",))


def test_reflections_keep_class_sizes():
    assert _classes([2, 1]).with_reflections().class_sizes.tolist() == [2, 1] * 2


def test_rotations_keep_class_sizes():
    assert _classes([2, 1]).with_rotations().class_sizes.tolist() == [2, 1] * 4


@pytest.mark.parametrize("sizes, names", [([3], ("a",)), ([2, 2], ("a",))])
def test_sizes_that_do_not_fit_are_refused(sizes, names):
    images = np.zeros([4, 3, 3, 1], np.uint8)
    with pytest.raises(InputError, match="`class_sizes` must hold .* 1 and 4"):
        ImageClasses(images, np.array(sizes, np.int32), names)


def test_images_that_are_not_uint8_are_refused():
    images = np.zeros([4, 3, 3, 1], np.float32)
    with pytest.raises(InputError, match=r"`images` must be uint8.*float32 \[4, 3"):
        ImageClasses(images, np.array([4], np.int32), ("a",))


def test_training_and_validation_share_no_class_and_lose_none():
    pool, test = _classes([1] * 20), _classes([1])
    dataset = hold_out_validation(pool, test, validation_classes=5)
    training, validation = dataset.training.class_names, dataset.validation.class_names
    assert len(validation) == 5 and not {*training} & {*validation}
    assert {*training, *validation} == {*pool.class_names}
    assert dataset.test is test


def test_validation_classes_are_always_the_same():
    dataset = hold_out_validation(_classes([1] * 20), _classes([1]), 3)
    assert dataset.validation.class_names == ("class4", "class6", "class19")


def test_validation_leaves_two_training_classes():
    pool, test = _classes([1] * 6), _classes([1])
    assert hold_out_validation(pool, test, 4).training.num_classes == 2
    with pytest.raises(InputError, match="at most 4, .* Received: 5.*--validation_c"):
        hold_out_validation(pool, test, 5)
