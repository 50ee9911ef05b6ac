import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.saved_model.classifier_module import ClassifierModule
from metanet_tf.saved_model.taught import TaughtClasses, TaughtClassifier, read_taught
from metanet_tf.utils.errors import InputError

NAMES = ("ash", "beech", "cedar")


@pytest.fixture
def teach(classifier, images):
    """Function: teaches three classes by an image of each."""

    def teach(base=classifier, **settings):
        labels = np.arange(3, dtype=np.int32)
        classes = TaughtClasses(images(3).numpy(), labels, NAMES, **settings)
        return TaughtClassifier(base, classes)

    return teach


@pytest.fixture
def encoded(images):
    """PNG files of three pictures, light on dark."""
    margins = [[0, 0], [4, 4], [4, 4], [0, 0]]
    pictures = tf.pad(tf.cast(255.0 * images(3, seed=2), tf.uint8), margins)
    return tf.stack([tf.io.encode_png(picture) for picture in pictures])


def test_answers_are_those_of_a_request_with_the_examples(teach, classifier, images):
    queries = images(5, seed=1)
    expected = classifier.classify(images(3), tf.range(3), queries)
    taught = teach()
    answer = taught.classify_images(queries)
    np.testing.assert_allclose(
        answer["probabilities"], expected["probabilities"], atol=1e-6
    )
    names = [NAMES[label].encode() for label in expected["labels"].numpy()]
    assert answer["class"].numpy().tolist() == names
    largest = np.max(expected["probabilities"], axis=-1)
    np.testing.assert_allclose(answer["probability"], largest, atol=1e-6)


def test_images_of_another_shape_are_refused_by_the_names_of_this_signature(teach):
    expected = r"(?s)`images` must.*\[\*, 16, 16, 1\].*2 8 8 1.*to `serving_default`"
    with pytest.raises(tf.errors.InvalidArgumentError, match=expected):
        teach().classify_images(tf.zeros([2, 8, 8, 1]))


def test_similarity_is_that_to_the_examples(teach, classifier, images):
    memory = classifier.adapt(images(3), tf.range(3))
    expected = classifier.answer(memory, images(5, seed=1))["max_similarity"]
    taught = teach()
    answer = taught.classify_images(images(5, seed=1))
    np.testing.assert_allclose(answer["max_similarity"], expected, atol=1e-6)


@pytest.mark.parametrize(("own", "threshold"), [(None, 0.5), (0.9, 0.9)])
def test_unlike_pictures_are_not_known(teach, tiny_model, images, own, threshold):
    rates = ErrorRates(0.1, 0.2)
    calibrated = ClassifierModule(
        tiny_model, [RejectionThreshold(3, 1, 0.5, rates, rates)]
    )
    taught = teach(calibrated, threshold=own)
    answer = taught.classify_images(images(40, seed=1))
    known = answer["max_similarity"].numpy() >= threshold
    np.testing.assert_array_equal(answer["is_known"], known)


def test_pictures_without_ink_are_blank(teach, images):
    queries = tf.concat([images(1), tf.zeros([1, 16, 16, 1])], axis=0)
    taught = teach()
    answer = taught.classify_images(queries)
    assert answer["is_blank"].numpy().tolist() == [False, True]


@pytest.mark.parametrize("names", [("a", "b\n", "c\udcff"), (1, 2, 3)])
def test_what_was_taught_can_be_read_again(classifier, images, names):
    given = TaughtClasses(images(4).numpy(), np.int32([0, 2, 1, 2]), names, "dark", 0.3)
    taught = TaughtClassifier(classifier, given)
    read = read_taught(taught)
    for was, value in zip(given, read, strict=True):
        np.testing.assert_array_equal(was, value)


def test_bytes_of_a_folders_name_are_kept(classifier, images):
    labels = np.arange(2, dtype=np.int32)
    classes = TaughtClasses(images(2).numpy(), labels, ("\udcff", "\xe9"))
    taught = TaughtClassifier(classifier, classes)
    answer = taught.classify_images(images(1))
    assert answer["class_names"].numpy().tolist() == [[b"\xff", b"\xc3\xa9"]]


def test_half_a_character_is_refused(classifier, images):
    labels = np.arange(2, dtype=np.int32)
    classes = TaughtClasses(images(2).numpy(), labels, ("\ud83d", "b"))
    with pytest.raises(InputError, match=r"must be text.*\\ud83d"):
        TaughtClassifier(classifier, classes)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_every_output_has_a_row_for_each_image(teach, images, count):
    taught = teach()
    answer = taught.classify_images(images(count))
    assert {name: tuple(tensor.shape) for name, tensor in answer.items()} == {
        "class": (count,),
        "probability": (count,),
        "class_names": (count, 3),
        "probabilities": (count, 3),
        "max_similarity": (count,),
        "is_blank": (count,),
    }
    rows = answer["class_names"].numpy().astype(str).tolist()
    assert rows == count * [list(NAMES)]


def test_pictures_are_prepared_with_the_ink_that_was_told(teach, classifier, encoded):
    for ink in ("detect", "dark"):
        taught = teach(ink=ink)
        expected = taught.classify_images(classifier.prepare(encoded, ink))
        answer = taught.classify_pictures(encoded)
        np.testing.assert_array_equal(
            answer["probabilities"], expected["probabilities"]
        )
    taught = teach(ink="light")
    other = taught.classify_pictures(encoded)["probabilities"]
    assert np.abs(other - answer["probabilities"]).max() > 1e-3


def test_what_is_no_picture_is_refused(teach):
    taught = teach()
    with pytest.raises(tf.errors.InvalidArgumentError, match="bytes of PNG"):
        taught.classify_pictures(tf.constant([b"my_classes/ash.png"]))
