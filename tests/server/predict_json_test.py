import json

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from metanet_tf.server.predict_json import read_request, write_answer
from metanet_tf.server.request_error import RequestError
from metanet_tf.server.saved_model import Signature

ONE = Signature({"x": tf.TensorSpec([None], tf.int32, "x:0")}, {"y": "y:0"})
TWO = Signature(
    {
        "a": tf.TensorSpec([None], tf.int32, "a:0"),
        "b": tf.TensorSpec([None, 2], tf.float32, "b:0"),
    },
    {"y": "y:0"},
)
SIGNATURES = {"serving_default": ONE, "two": TWO}


def _read(**content):
    return read_request(json.dumps(content).encode(), SIGNATURES)


@pytest.mark.parametrize(
    ("content", "by_row"),
    [
        ({"instances": [1, 2]}, True),
        ({"instances": [{"x": 1}, {"x": 2}]}, True),
        ({"inputs": [1, 2]}, False),
        ({"inputs": {"x": [1, 2]}}, False),
        ({"inputs": [1, 2], "signature_name": ""}, False),
    ],
)
def test_one_input_may_be_named_or_not(content, by_row):
    request = _read(**content)
    assert (request.signature, request.by_row) == (ONE, by_row)
    np.testing.assert_array_equal(request.inputs["x"], [1, 2])


@pytest.mark.parametrize(
    "content",
    [
        {"instances": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}]},
        {"inputs": {"a": [1, 2], "b": [[1, 2], [3, 4]], "more": 0}},
    ],
)
def test_several_inputs_are_named(content):
    request = _read(**content, signature_name="two")
    np.testing.assert_array_equal(request.inputs["a"], [1, 2])
    np.testing.assert_array_equal(request.inputs["b"], [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "either 'instances' or 'inputs'"),
        ({"instances": [1], "inputs": [1]}, "either 'instances' or 'inputs'"),
        ({"instances": 1}, "must be a list"),
        ({"instances": []}, "at least one"),
        ({"instances": [{"x": 1}, 2]}, "object of x"),
        ({"instances": [{"x": 1, "y": 2}]}, "object of x"),
        ({"inputs": {"z": 1}}, "must have x too"),
        ({"inputs": [1], "signature_name": "two"}, "must be named.* a, b"),
        ({"inputs": [1], "signature_name": "three"}, "one of serving_default, two"),
        ({"inputs": [1], "signature_name": 3}, "Received: 3"),
    ],
)
def test_other_requests_are_refused(content, message):
    with pytest.raises(RequestError, match=message) as refused:
        _read(**content)
    assert refused.value.status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(RequestError, match="JSON"):
        read_request(body, SIGNATURES)


def test_rows_are_objects_and_columns_lists():
    outputs = {"y": np.array([1, 2]), "z": np.array([[0.5], [np.nan]], np.float32)}
    rows = b'{"predictions": [{"y": 1, "z": [0.5]}, {"y": 2, "z": [NaN]}]}'
    assert write_answer(outputs, by_row=True) == rows
    columns = b'{"outputs": {"y": [1, 2], "z": [[0.5], [NaN]]}}'
    assert write_answer(outputs, by_row=False) == columns


def test_one_output_has_no_name():
    outputs = {"y": np.array([1, 2])}
    assert write_answer(outputs, by_row=True) == b'{"predictions": [1, 2]}'
    assert write_answer({"y": np.array(1)}, by_row=False) == b'{"outputs": 1}'


@pytest.mark.parametrize("other", [np.array(1), np.array([1, 2, 3])])
def test_outputs_that_are_no_batch_cannot_be_given_by_row(other):
    with pytest.raises(RequestError, match="'inputs' instead"):
        write_answer({"y": np.array([1, 2]), "z": other}, by_row=True)


JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(max_size=8),
    lambda inner: (
        strategies.lists(inner, max_size=4)
        | strategies.dictionaries(
            strategies.sampled_from(["a", "b", "x", "b64"])
            | strategies.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
BODIES = strategies.binary(max_size=60) | strategies.dictionaries(
    strategies.sampled_from(["instances", "inputs", "signature_name"]),
    JSON | strategies.sampled_from(["two", [1, 2], {"a": [1], "b": [[1, 2]]}]),
    min_size=1,
).map(lambda content: json.dumps(content).encode())


@hypothesis.settings(max_examples=500)
@hypothesis.given(BODIES)
def test_any_body_is_refused_or_fits_the_signature(body):
    try:
        request = read_request(body, SIGNATURES)
    except RequestError as error:
        assert str(error)
    else:
        for name, spec in request.signature.inputs.items():
            assert spec.shape.is_compatible_with(request.inputs[name].shape)
