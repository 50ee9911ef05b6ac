import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import ModelConfig
from metanet_tf.model import MetaNet
from metanet_tf.serving.classifier import Classifier
from metanet_tf.serving.litert import convert
from metanet_tf.serving.taught import TaughtClasses, TaughtClassifier
from metanet_tf.utils.errors import InputError

TINY = {"filters": 4, "hidden_units": 8, "generator_units": 4}


def _teach(model, images, labels):
    names = tuple(f"class {label}" for label in range(max(labels) + 1))
    support = images(len(labels)).numpy()
    classes = TaughtClasses(support, np.int32(labels), names, threshold=0.5)
    return TaughtClassifier(Classifier(model), classes)


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


def test_a_model_of_half_precision_is_refused(images):
    config = ModelConfig(**TINY, mixed_precision=True)
    model = MetaNet(config, n_way=3, image_shape=(16, 16, 1))
    with pytest.raises(InputError, match="`litert`.*bfloat16.*--mixed_precision"):
        convert(_teach(model, images, [0, 1, 2]))


def test_the_input_is_one_image(tiny_model, images):
    function = _teach(tiny_model, images, [0, 1, 2]).classify_one
    (spec,) = function.input_signature
    assert spec == tf.TensorSpec([1, 16, 16, 1], tf.float32, "images")
