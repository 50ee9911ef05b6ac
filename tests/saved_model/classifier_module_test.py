import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.config import ModelConfig
from metanet_tf.data.preparation.resizing import prepare_images
from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.model import MetaNet
from metanet_tf.saved_model import classifier_module as module
from metanet_tf.saved_model.classifier_module import ClassifierModule


def _pictures(count, size, seed=0):
    """Grey noise within a margin of white paper, uint8 [count, size, size, 3]."""
    noise = np.random.default_rng(seed).integers(0, 256, [count, size, size, 1])
    is_paper = np.ones([size, size, 1], bool)
    is_paper[size // 4 : -(size // 4), size // 4 : -(size // 4)] = False
    return np.where(is_paper, 255, noise).astype(np.uint8).repeat(3, axis=-1)


def test_probabilities_are_the_softmax_of_the_models_logits(
    classifier, tiny_model, images
):
    task = images(3), tf.constant([2, 0, 1]), images(5, seed=1)
    expected = tf.nn.softmax(tiny_model(*task).logits)
    np.testing.assert_allclose(
        classifier.classify(*task)["probabilities"], expected, atol=1e-6
    )


def test_pairs_and_base_task_weights_work_for_another_number_of_ways(images):
    config = ModelConfig(
        variant="metanet_plus", filters=4, hidden_units=8, generator_units=4
    )
    model = MetaNet(config, n_way=3, k_shot=2, image_shape=(16, 16, 1))
    task = images(4), tf.constant([0, 1, 1, 0]), images(5, seed=1)
    expected = tf.nn.softmax(model(*task, n_way=2).logits)
    classifier = ClassifierModule(model)
    np.testing.assert_allclose(
        classifier.classify(*task)["probabilities"], expected, atol=1e-6
    )


def test_labels_are_the_most_probable_classes(classifier, images):
    answer = classifier.classify(images(3), tf.range(3), images(20, seed=1))
    expected = np.argmax(answer["probabilities"], axis=-1)
    np.testing.assert_array_equal(answer["labels"], expected)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2, 0, 1, 2, 2], [4, 3, 2, 1, 0]])
@pytest.mark.parametrize("num_query", [0, 1, 3])
def test_support_ways_and_queries_may_have_any_number(
    classifier, images, labels, num_query
):
    answer = classifier.classify(
        images(len(labels)), tf.constant(labels), images(num_query, seed=1)
    )
    assert answer["probabilities"].shape == (num_query, max(labels) + 1)
    assert answer["labels"].shape == (num_query,)
    np.testing.assert_allclose(np.sum(answer["probabilities"], axis=-1), 1.0, atol=1e-6)


def test_an_answer_does_not_depend_on_the_other_queries(classifier, images):
    count = 2 * module._QUERIES_AT_ONCE + 1
    support, queries = images(3), images(count, seed=1)
    together = classifier.classify(support, tf.range(3), queries)["probabilities"]
    assert np.ptp(together, axis=0).max() > 1e-3
    for index in (0, 1, count - 1):
        alone = classifier.classify(support, tf.range(3), queries[index : index + 1])[
            "probabilities"
        ]
        np.testing.assert_allclose(together[index], alone[0], atol=1e-6)


def test_encoded_pictures_are_prepared_as_in_training(classifier):
    support, queries = _pictures(3, size=40), _pictures(4, size=25, seed=1)
    expected = classifier.classify(
        prepare_images(support, 16), tf.range(3), prepare_images(queries, 16)
    )
    answer = classifier.classify_encoded(
        tf.stack([tf.io.encode_png(picture) for picture in support]),
        tf.range(3),
        tf.stack([tf.io.encode_png(picture) for picture in queries]),
    )
    np.testing.assert_allclose(
        answer["probabilities"], expected["probabilities"], atol=1e-6
    )


def test_encoded_pictures_may_differ_in_size_and_channels(classifier):
    grey = _pictures(1, size=30)[0, :, :, :1]
    colour = np.repeat(grey, 3, axis=-1)
    opaque = np.concatenate([colour, np.full_like(grey, 255)], axis=-1)
    larger = np.repeat(np.repeat(colour, 2, axis=0), 2, axis=1)
    same = [tf.io.encode_png(picture) for picture in (grey, colour, opaque, larger)]
    other = tf.io.encode_jpeg(_pictures(1, size=50, seed=1)[0])
    answer = classifier.classify_encoded(
        tf.stack([same[0], other]), tf.range(2), tf.stack([*same, other])
    )
    *rows, other_row = answer["probabilities"].numpy()
    np.testing.assert_allclose(rows, [rows[0]] * len(same), atol=1e-5)
    assert np.abs(rows[0] - other_row).max() > 1e-3


@pytest.mark.parametrize("file_format", ["BMP", "WebP"])
def test_other_formats_and_light_ink_are_prepared_alike(classifier, file_format):
    pictures = _pictures(3, size=30)
    dark = [tf.io.encode_png(picture) for picture in pictures]
    light = [_encoded(255 - picture, file_format) for picture in pictures]
    expected = classifier.prepare(dark, "detect")
    np.testing.assert_allclose(classifier.prepare(light, "detect"), expected, atol=1e-6)
    assert np.ptp(expected, axis=0).max() > 0.3


def test_two_halves_answer_as_the_whole(classifier, images):
    support, labels, queries = images(3), tf.range(3), images(5, seed=1)
    answer = classifier.answer(classifier.adapt(support, labels), queries)
    expected = classifier.classify(support, labels, queries)
    np.testing.assert_allclose(
        answer["probabilities"], expected["probabilities"], atol=1e-6
    )


def test_attention_weights_are_the_models(classifier, tiny_model, images):
    support, labels, queries = images(4), tf.constant([0, 1, 2, 1]), images(70, seed=1)
    answer = classifier.answer(classifier.adapt(support, labels), queries)
    expected = tiny_model(support, labels, queries).attention_weights
    np.testing.assert_allclose(answer["attention_weights"], expected, atol=1e-6)


def test_max_similarity_is_the_largest_cosine_to_a_key(classifier, tiny_model, images):
    memory = classifier.adapt(images(3), tf.range(3))
    memory = memory._replace(memory_keys=tf.eye(3, 8))  # Clearly different ones.
    queries = images(70, seed=1)
    embeddings = np.asarray(tiny_model.embed(memory, queries))
    lengths = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    expected = (embeddings / lengths)[:, :3].max(axis=-1)
    answer = classifier.answer(memory, queries)
    np.testing.assert_allclose(answer["max_similarity"], expected, atol=1e-6)
    assert expected.max() < 0.99


def test_pixels_are_prepared_as_files_are(classifier):
    pictures = _pictures(3, size=40)
    opaque = np.concatenate([pictures, np.full_like(pictures[..., :1], 255)], axis=-1)
    for ink in ("detect", "dark", "light"):
        files = [tf.io.encode_png(picture) for picture in pictures]
        np.testing.assert_array_equal(
            classifier.prepare_pixels(opaque, ink), classifier.prepare(files, ink)
        )


def test_rejections_are_kept_as_json(tiny_model):
    rates = ErrorRates(0.1, 0.2)
    rejection = RejectionThreshold(5, 1, 0.9, validation=rates, test=rates)
    classifier = ClassifierModule(tiny_model, [rejection])
    kept = json.loads(classifier.rejections().numpy())
    assert [RejectionThreshold.from_dict(values) for values in kept] == [rejection]


RATES = ErrorRates(0.1, 0.2)
THRESHOLDS = [
    RejectionThreshold(n_way, 1, t, RATES, RATES) for n_way, t in ((2, 0.2), (8, 0.8))
]


def test_unlike_pictures_are_not_known_in_the_graph(tiny_model, images):
    classifier = ClassifierModule(tiny_model, THRESHOLDS)
    for labels, threshold in (([0, 1], 0.2), ([0, 1, 2, 3], 0.5), (range(9), 0.8)):
        answer = classifier.classify(images(len(labels)), labels, images(40, seed=1))
        known = answer["max_similarity"].numpy() >= threshold
        np.testing.assert_array_equal(answer["is_known"], known)


def test_nothing_is_said_of_unlike_pictures_without_a_threshold(classifier, images):
    answer = classifier.classify(images(3), tf.range(3), images(2))
    assert set(answer) == {"probabilities", "labels", "max_similarity", "is_blank"}


def test_pictures_without_ink_are_blank(classifier, images):
    queries = tf.concat([images(2), tf.zeros([1, 16, 16, 1])], axis=0)
    answer = classifier.classify(images(3), tf.range(3), queries)
    assert answer["is_blank"].numpy().tolist() == [False, False, True]


def _encoded(picture, file_format):
    content = io.BytesIO()
    Image.fromarray(picture).save(content, file_format, lossless=True)
    return content.getvalue()


def test_ink_on_transparent_paper_is_ink_on_white_paper(classifier):
    brightness = _pictures(2, size=30)[..., :1]
    black = np.zeros_like(brightness)
    transparent = np.concatenate([black, black, black, 255 - brightness], axis=-1)
    on_white, on_nothing = (
        tf.stack([tf.io.encode_png(picture) for picture in pictures])
        for pictures in (brightness, transparent)
    )
    expected = classifier.classify_encoded(on_white, tf.range(2), on_white)
    answer = classifier.classify_encoded(on_white, tf.range(2), on_nothing)
    np.testing.assert_allclose(
        answer["probabilities"], expected["probabilities"], atol=1e-6
    )
    assert np.ptp(answer["probabilities"], axis=0).max() > 1e-3


def test_support_is_not_computed_with_before_its_labels_are_checked(classifier):
    """TensorFlow's convolutions fail on no images, with a less clear message."""
    operations = classifier.adapt.get_concrete_function().graph.get_operations()
    checks = {x.name for x in operations if x.type == "Assert"}
    assert len(checks) == 3
    for operation in operations:
        if operation.type == "Conv2D":
            assert checks <= _names_before(operation)


def _names_before(operation):
    """Names of the operations that are done before this one."""
    found, pending = set(), [operation]
    while pending:
        last = pending.pop()
        before = [*(x.op for x in last.inputs), *last.control_inputs]
        pending += [x for x in before if x.name not in found]
        found |= {x.name for x in before}
    return found
