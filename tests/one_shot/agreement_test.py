"""All ways to ask give one answer, for every picture format and number of classes."""

import base64
import json
import warnings

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from metanet_tf import OneShotClassifier
from metanet_tf.server import predict_json, predict_message
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.utils.version_folders import newest_version
from tests.picture_files import GRAPH_FILES

FILES = [file.content for file in GRAPH_FILES.values()]
# Decoders of files that lose something differ by a few levels of grey.
ATOL = np.array([0.02 if file.tolerance else 1e-4 for file in GRAPH_FILES.values()])


def _examples(count):
    drawn = np.random.default_rng(0).random([count, 20, 20]) < 0.3
    return [Image.fromarray(np.where(ink, 0, 255).astype(np.uint8)) for ink in drawn]


def _by_rest(model):
    instances = [{"b64": base64.b64encode(file).decode()} for file in FILES]
    body = json.dumps({"instances": instances}).encode()
    request = predict_json.read_request(body, model.signatures)
    outputs = model.run(request.signature, request.inputs, 60.0)
    rows = json.loads(predict_json.write_answer(outputs, by_row=True))["predictions"]
    return [row["class"] for row in rows], [row["probabilities"] for row in rows]


def _by_grpc(model):
    request = PredictRequest()
    request.inputs["pictures"].CopyFrom(tf.make_tensor_proto(FILES))
    signature, inputs = predict_message.read_request(request, model.signatures, 10**6)
    answer = predict_message.write_answer(model.run(signature, inputs, 60.0))
    outputs = {name: tf.make_ndarray(answer.outputs[name]) for name in answer.outputs}
    return [name.decode() for name in outputs["class"]], outputs["probabilities"]


def _by_saved_model(folder):
    classify = tf.saved_model.load(str(folder)).signatures["serving_default"]
    answer = classify(pictures=tf.constant(FILES))
    return [name.decode() for name in answer["class"].numpy()], answer["probabilities"]


def _by_litert(folder, images, names):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(str(folder / "model.tflite"))
    classify = interpreter.get_signature_runner()
    rows = [classify(images=image[np.newaxis])["probabilities"][0] for image in images]
    return [names[np.argmax(row)] for row in rows], rows


@pytest.mark.parametrize("n_way", [2, 3, 5, 20, 100])
def test_all_ways_to_ask_give_one_answer(tiny_model_dir, tmp_path, n_way):
    names = [f"{index:03}" for index in range(n_way)]
    classifier = OneShotClassifier(tiny_model_dir).fit(_examples(n_way), names)
    folder = classifier.export(tmp_path, litert=True)
    model = SavedModel(newest_version(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = classifier.prepare(FILES)
        expected = classifier.predict_proba(prepared)
        classes = classifier.predict(prepared)
    # A class is right if its probability is the largest, or as large.
    for found, probabilities in (
        _by_saved_model(folder),
        _by_rest(model),
        _by_grpc(model),
        _by_litert(folder, prepared.images, names),
    ):
        difference = np.abs(np.array(probabilities) - expected).max(axis=1)
        assert np.all(difference <= ATOL), list(GRAPH_FILES)[np.argmax(difference)]
        differs = np.array(found) != classes
        top = np.sort(expected, axis=1)[:, -2:]
        assert np.all(np.diff(top, axis=1)[differs] <= 2 * ATOL[differs])
