import pytest
import tensorflow as tf

from metanet_tf.saved_model.checks import check_encoded, check_images, check_labels

SHAPE = (2, 3, 1)
PNG = tf.io.encode_png(tf.zeros([2, 3, 1], tf.uint8))
JPEG = tf.io.encode_jpeg(tf.zeros([2, 3, 1], tf.uint8))


def _raises(*parts):
    """Expects the check's error, whose message has `parts` in this order."""
    pattern = "(?s)" + ".*".join(parts)
    return pytest.raises(tf.errors.InvalidArgumentError, match=pattern)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_good_images_come_back_unchanged(count):
    images = tf.random.stateless_uniform([count, *SHAPE], seed=[0, 0])
    tf.debugging.assert_equal(check_images("query_images", images, SHAPE), images)


@pytest.mark.parametrize("shape", [[4, 3, 3, 1], [4, 2, 3, 3], [4, 2, 3], [4]])
def test_images_of_another_shape_are_refused(shape):
    with _raises("`query_images`", r"\[\*, 2, 3, 1\]", r"Received", "4", "Resize"):
        check_images("query_images", tf.zeros(shape), SHAPE)


@pytest.mark.parametrize("value", [-0.01, 1.01, 255.0, float("nan")])
def test_images_outside_zero_to_one_are_refused(value):
    images = tf.tensor_scatter_nd_update(tf.zeros([4, *SHAPE]), [[3, 1, 2, 0]], [value])
    with _raises("`support_images`", r"\[0, 1\]", "Received", "Divide"):
        check_images("support_images", images, SHAPE)


@pytest.mark.parametrize("labels", [[0, 1], [1, 0, 1], [2, 0, 1, 2]])
def test_good_labels_come_back_in_their_order(labels):
    checked = check_labels(tf.constant(labels), tf.constant(len(labels)))
    assert checked.numpy().tolist() == labels


@pytest.mark.parametrize(
    "labels", [[-1, 0, 1], [-1, 1], [0, 1, 3], [1, 2, 3], [0, 0, 0], [0, 10**9], []]
)
def test_labels_that_do_not_number_the_classes_are_refused(labels):
    with _raises("`support_labels`", r"\[0, N\)", "Received", "Number the classes"):
        check_labels(tf.constant(labels, tf.int32), tf.constant(len(labels)))


def test_labels_of_another_number_than_images_are_refused():
    with _raises("`support_labels`", "one label per", "3,? 4", "same order"):
        check_labels(tf.constant([0, 1, 2]), tf.constant(4))


def test_png_and_jpeg_come_back_unchanged():
    files = tf.stack([PNG, JPEG])
    tf.debugging.assert_equal(check_encoded("query_images", files), files)


@pytest.mark.parametrize(
    "content, name",
    [
        (b"", "an empty file"),
        (b"GIF89a", "a GIF picture"),
        (b"images/a.png", "a file of an unknown format"),
    ],
)
def test_other_contents_are_refused_with_position_and_name(content, name):
    expected = "PNG, JPEG, WebP, BMP"
    with _raises("`query_images`", expected, f"1: {name}", "not its path"):
        check_encoded("query_images", tf.stack([PNG, tf.constant(content)]))
