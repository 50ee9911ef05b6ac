import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.serving.classifier import Classifier
from metanet_tf.serving.taught import TaughtClassifier

NAMES = ["ash", "beech", "cedar"]


@pytest.fixture(scope="module")
def classifier(tiny_model):
    return Classifier(tiny_model)


@pytest.fixture
def teach(classifier, images):
    """Function: teaches three classes by an image of each."""

    def teach(**settings):
        labels = np.arange(3, dtype=np.int32)
        return TaughtClassifier(classifier, images(3), labels, NAMES, **settings)

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


def test_familiarity_is_that_to_the_examples(teach, classifier, images):
    memory = classifier.adapt(images(3), tf.range(3))
    expected = classifier.familiarity(memory, images(5, seed=1))
    taught = teach()
    answer = taught.classify_images(images(5, seed=1))
    np.testing.assert_allclose(answer["familiarity"], expected, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_every_output_has_a_row_for_each_image(teach, images, count):
    taught = teach()
    answer = taught.classify_images(images(count))
    assert {name: tuple(tensor.shape) for name, tensor in answer.items()} == {
        "class": (count,),
        "probability": (count,),
        "class_names": (count, 3),
        "probabilities": (count, 3),
        "familiarity": (count,),
    }
    rows = answer["class_names"].numpy().astype(str).tolist()
    assert rows == count * [NAMES]


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
