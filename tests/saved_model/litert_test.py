import io
import zipfile

import flatbuffers
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.lite.tools import flatbuffer_utils

from metanet_tf.config import ModelConfig
from metanet_tf.model import MetaNet
from metanet_tf.saved_model.classifier_module import ClassifierModule
from metanet_tf.saved_model.litert import convert
from metanet_tf.saved_model.taught import TaughtClasses, TaughtClassifier
from metanet_tf.utils.errors import InputError

TINY = {"filters": 4, "hidden_units": 8, "generator_units": 4}


def _teach(model, images, labels):
    names = tuple(f"class {label}" for label in range(max(labels) + 1))
    support = images(len(labels)).numpy()
    classes = TaughtClasses(support, np.int32(labels), names, threshold=0.5)
    return TaughtClassifier(ClassifierModule(model), classes)


@pytest.mark.parametrize(
    ("labels", "settings"),
    [
        ([0, 1, 2], {}),
        # Another number of classes than in training has weights drawn in the graph.
        ([0, 1, 2, 3, 1], {"variant": "metanet_plus"}),
        ([0, 1], {"learner": "mlp"}),
    ],
)
def test_litert_answers_as_the_saved_model(images, labels, settings):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    model = MetaNet(ModelConfig(**TINY, **settings), n_way=3, image_shape=(16, 16, 1))
    for variable in model.variables:  # Answers differ clearly without training.
        variable.assign(6.0 * variable)
    taught = _teach(model, images, labels)
    content = convert(taught)
    # No operations but those that every interpreter has.
    interpreter = litert.Interpreter(
        model_content=content,
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
    )
    classify = interpreter.get_signature_runner()
    queries = images(3, seed=1)
    expected = taught.classify_images(queries)
    for index in range(3):
        answer = classify(images=queries[index : index + 1].numpy())
        assert set(answer) == {
            "probabilities",
            "max_similarity",
            "is_known",
            "is_blank",
        }
        for name, row in answer.items():
            np.testing.assert_allclose(row[0], expected[name][index], atol=1e-5)
    assert np.ptp(expected["probabilities"], axis=0).max() > 1e-3


@pytest.fixture(scope="module")
def content(tiny_model):
    images = np.random.default_rng(0).random([3, 16, 16, 1], np.float32)
    classes = TaughtClasses(images, np.arange(3), ("ä", "b c", "d"), threshold=0.5)
    return convert(TaughtClassifier(ClassifierModule(tiny_model), classes))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.01, 1.01, 255.0])
def test_an_image_out_of_range_shows(content, value):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    classify = litert.Interpreter(model_content=content).get_signature_runner()
    image = np.zeros([1, 16, 16, 1], np.float32)
    good = classify(images=image)
    assert np.all(np.isfinite(good["probabilities"]))
    assert good["is_blank"].tolist() == [True]
    image[0, 3, 3, 0] = value
    answer = classify(images=image)
    assert np.all(np.isnan(answer["probabilities"]))
    assert np.all(np.isnan(answer["max_similarity"]))
    assert not answer["is_known"] and not answer["is_blank"]


def test_class_names_are_inside(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("labels.txt").decode() == "ä\nb c\nd\n"


class _Table:
    """Reads a table of a FlatBuffer by the numbers of its fields."""

    def __init__(self, content, place):
        self._table = flatbuffers.table.Table(content, place)

    def _place(self, field):
        offset = self._table.Offset(4 + 2 * field)
        return offset + self._table.Pos if offset else None

    def table(self, field):
        place = self._table.Indirect(self._place(field))
        return _Table(self._table.Bytes, place)

    def tables(self, field):
        offset = self._table.Offset(4 + 2 * field)
        begin = self._table.Vector(offset)
        return [
            _Table(self._table.Bytes, self._table.Indirect(begin + 4 * index))
            for index in range(self._table.VectorLen(offset))
        ]

    def text(self, field):
        return self._table.String(self._place(field)).decode()

    def number(self, field):
        begin = self._table.Vector(self._table.Offset(4 + 2 * field))
        return self._table.Get(flatbuffers.number_types.Float32Flags, begin)


def test_range_and_nan_of_the_input_are_told_inside(content):
    """In the place, and by the field numbers, of LiteRT's metadata_schema.fbs."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (entry,) = (x for x in model.metadata if x.name == b"TFLITE_METADATA")
    metadata = bytearray(model.buffers[entry.buffer].data)
    assert metadata[4:8] == b"M001"
    (graph,) = _Table(metadata, int.from_bytes(metadata[:4], "little")).tables(3)
    (images,) = graph.tables(2)
    assert images.text(0) == "images" and "NaN" in images.text(1)
    limits = images.table(5)
    assert (limits.number(1), limits.number(0)) == (0.0, 1.0)
    outputs = {output.text(0): output for output in graph.tables(3)}
    assert set(outputs) == {"probabilities", "max_similarity", "is_known", "is_blank"}
    (labels,) = outputs["probabilities"].tables(6)
    assert labels.text(0) == "labels.txt"


def test_a_model_of_half_precision_is_refused(images):
    config = ModelConfig(**TINY, mixed_precision=True)
    model = MetaNet(config, n_way=3, image_shape=(16, 16, 1))
    with pytest.raises(InputError, match="`litert`.*bfloat16.*--mixed_precision"):
        convert(_teach(model, images, [0, 1, 2]))


def test_the_input_is_one_image(tiny_model, images):
    function = _teach(tiny_model, images, [0, 1, 2]).classify_one
    (spec,) = function.input_signature
    assert spec == tf.TensorSpec([1, 16, 16, 1], tf.float32, "images")
