import json

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.server.request_error import RequestError
from metanet_tf.server.tensors import to_array, to_json


def _spec(dtype, shape=None):
    return tf.TensorSpec(shape, dtype)


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ([[1, 2], [3, 4]], tf.int32, np.array([[1, 2], [3, 4]], np.int32)),
        ([1, 2.5], tf.float32, np.array([1.0, 2.5], np.float32)),
        ([True, False], tf.bool, np.array([True, False])),
        (7, tf.int64, np.array(7, np.int64)),
        ([], tf.float32, np.array([], np.float32)),
        ([float("nan")], tf.float32, np.array([np.nan], np.float32)),
    ],
)
def test_numbers_become_the_type_of_the_input(value, dtype, expected):
    array = to_array("x", value, _spec(dtype))
    assert array.dtype == expected.dtype
    np.testing.assert_array_equal(array, expected)


def test_strings_are_text_or_base64():
    array = to_array("x", ["ä", {"b64": "AP8="}, {"b64": "AP8"}], _spec(tf.string))
    assert array.tolist() == ["ä".encode(), b"\0\xff", b"\0\xff"]


@pytest.mark.parametrize("text", ["+/+/AA==", "-_-_AA==", "-_-_AA", "+/\r\n+/\nAA==\n"])
def test_base64_may_be_web_safe_and_have_lines(text):
    array = to_array("x", {"b64": text}, _spec(tf.string))
    assert array.item() == b"\xfb\xff\xbf\0"


def test_single_string_has_no_dimension():
    assert to_array("x", {"b64": "QQ=="}, _spec(tf.string)).shape == ()


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        ([1.5], tf.int32, "type int32"),
        ([True], tf.int32, "type int32"),
        ([1, True], tf.float32, "type float32"),
        (["1"], tf.float32, "type float32"),
        ([1], tf.string, "type string"),
        ([None], tf.float32, "other types"),
        ([[1], [2, 3]], tf.int32, "even length"),
        ([[1], 2], tf.int32, "even length"),
        ([1.0], tf.complex64, "type complex64"),
        ([300], tf.uint8, "range of uint8"),
        ([2**70], tf.int64, "range of int64"),
        ([1e300], tf.float32, "range of float32"),
        ([10**400], tf.float32, "range of float32"),
        ([{"b64": "!"}], tf.string, "not well encoded"),
        (["\ud800"], tf.string, "not well encoded"),
        ([{"b65": "QQ=="}], tf.string, "Received: an object with b65"),
        ([1, 2, 3], tf.int32, r"shape \(2,\).*Received: \[3\]"),
    ],
)
def test_what_does_not_fit_is_refused(value, dtype, message):
    shape = [2] if value == [1, 2, 3] else None
    with pytest.raises(RequestError, match=message) as refused:
        to_array("x", value, _spec(dtype, shape))
    assert refused.value.status == 400


@pytest.mark.parametrize("dtype", [tf.float32, tf.string])
@pytest.mark.parametrize("depth", [33, 64, 65, 900])
def test_deep_lists_are_refused(depth, dtype):
    value = json.loads("[" * depth + "1" + "]" * depth)
    with pytest.raises(RequestError, match="at most 32 dimensions") as refused:
        to_array("x", value, _spec(dtype))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([0.2, 1e-7], np.float32), [0.2, 1e-7]),
        (np.array([np.inf, -np.inf], np.float32), [np.inf, -np.inf]),
        (np.array(3, np.int32), 3),
        (np.array([[True]]), [[True]]),
        (np.array([["ä".encode()], [b"\xff"]], object), [["ä"], ["�"]]),
    ],
)
def test_outputs_become_json(array, expected):
    assert to_json("y", array) == expected


def test_outputs_named_bytes_are_in_base64():
    array = np.array([b"\0\xff"], object)
    assert to_json("y_bytes", array) == [{"b64": "AP8="}]
