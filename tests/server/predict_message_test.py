import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from metanet_tf.server.predict_message import parse, read_request, write_answer
from metanet_tf.server.request_error import RequestError
from tests.server.predict_json_test import SIGNATURES

MAX_BYTES = 1000


def _request(signature="", **inputs):
    request = PredictRequest()
    request.model_spec.signature_name = signature
    for name, values in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    return request


TWO = _request("two", a=[1, 2], b=[[1.0, 2.0], [3.0, 4.0]])


def _read(request):
    return read_request(request, SIGNATURES, MAX_BYTES)


def test_inputs_are_read_by_name():
    signature, inputs = _read(TWO)
    assert signature == SIGNATURES["two"]
    np.testing.assert_array_equal(inputs["a"], [1, 2])
    np.testing.assert_array_equal(inputs["b"], [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (_request("none"), "`signature_name` must be one of serving_default, two"),
        (_request(), "`inputs` must be x. Received: none"),
        (_request(x=[1], y=[2]), "`inputs` must be x. Received: x, y"),
        (_request(x=[1.5]), "type int32"),
    ],
)
def test_what_does_not_fit_is_refused(request_, message):
    with pytest.raises(RequestError, match=message) as refused:
        _read(request_)
    assert refused.value.status == 400


def test_only_the_outputs_that_are_asked_for_are_run():
    request = _request(x=[1])
    request.output_filter.append("y")
    assert _read(request)[0].outputs == {"y": "y:0"}
    request.output_filter.append("z")
    with pytest.raises(RequestError, match="`output_filter` must be of y"):
        _read(request)


def test_answer_holds_the_outputs():
    answer = write_answer({"y": np.float32([0.5])})
    assert tf.make_ndarray(answer.outputs["y"]).tolist() == [0.5]


@strategies.composite
def _damaged(draw):
    content = bytearray(TWO.SerializeToString())
    for _ in range(draw(strategies.integers(1, 4))):
        at = draw(strategies.integers(0, len(content) - 1))
        content[at : at + draw(strategies.integers(0, 2))] = draw(
            strategies.binary(max_size=2)
        )
    return bytes(content)


@hypothesis.settings(max_examples=300)
@hypothesis.given(_damaged() | strategies.binary(max_size=60))
def test_any_bytes_are_refused_or_fit_the_signature(content):
    try:
        signature, inputs = _read(parse(PredictRequest, content))
    except RequestError as error:
        assert str(error)
    else:
        for name, spec in signature.inputs.items():
            assert spec.shape.is_compatible_with(inputs[name].shape)
            assert inputs[name].nbytes <= MAX_BYTES
