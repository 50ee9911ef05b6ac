import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto

from metanet_tf.server.request_error import RequestError
from metanet_tf.server.tensor_protos import to_array, to_proto

MAX_BYTES = 1000


def _spec(dtype, shape=None):
    return tf.TensorSpec(shape, dtype)


def _proto(dtype, shape, **values):
    shape = tf.TensorShape(shape).as_proto()
    return TensorProto(dtype=dtype.as_datatype_enum, tensor_shape=shape, **values)


@pytest.mark.parametrize(
    "array",
    [
        np.float32([[0.5, np.nan], [-np.inf, 1e30]]),
        np.float64([0.1]),
        np.int32([[7]]),
        np.int64([2**60, -1]),
        np.array([True, False]),
        np.array([[b"\0\xff", b""]], object),
        np.float32(3.0),
        np.zeros([0, 2], np.float32),
        np.uint8([1, 2]),
    ],
)
def test_arrays_come_back(array):
    array = np.asarray(array)
    dtype = tf.string if array.dtype == object else tf.as_dtype(array.dtype)
    for proto in to_proto(array), tf.make_tensor_proto(array):
        back = to_array("x", proto, _spec(dtype), MAX_BYTES)
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(back, array)


def test_outputs_are_in_the_fields_that_clients_read():
    assert list(to_proto(np.float32([0.5, 1.0])).float_val) == [0.5, 1.0]
    assert list(to_proto(np.array([b"a"], object)).string_val) == [b"a"]


def test_one_number_may_stand_for_many():
    proto = _proto(tf.float32, [2, 2], float_val=[1.0])
    array = to_array("x", proto, _spec(tf.float32), MAX_BYTES)
    np.testing.assert_array_equal(array, np.ones([2, 2]))


@pytest.mark.parametrize(
    ("proto", "spec", "message", "status"),
    [
        (_proto(tf.int32, [1], int_val=[1]), _spec(tf.float32), "type float32", 400),
        (TensorProto(dtype=99), _spec(tf.float32), "Received: type 99", 400),
        (_proto(tf.float32, [3]), _spec(tf.float32, [2]), r"shape \(2,\)", 400),
        (_proto(tf.float32, [None]), _spec(tf.float32), r"Received: \[-1\]", 400),
        (_proto(tf.float32, None), _spec(tf.float32, [2]), r"shape \(2,\)", 400),
        (_proto(tf.float32, [10**9], float_val=[1.0]), _spec(tf.float32), "1000", 413),
        (_proto(tf.string, [10**9], string_val=[b""]), _spec(tf.string), "1000", 413),
        (_proto(tf.string, [9], string_val=[b""]), _spec(tf.string), "each of", 400),
        (_proto(tf.float32, [2], float_val=[1] * 3), _spec(tf.float32), "many", 400),
        (_proto(tf.float32, [2], tensor_content=b"a"), _spec(tf.float32), "many", 400),
    ],
)
def test_what_does_not_fit_is_refused(proto, spec, message, status):
    with pytest.raises(RequestError, match=message) as refused:
        to_array("x", proto, spec, MAX_BYTES)
    assert refused.value.status == status
