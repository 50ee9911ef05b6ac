"""Between TensorFlow's messages of tensors and arrays."""

import math
from http import HTTPStatus

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto

from metanet_tf.server.request_error import RequestError, bad_request

# TensorFlow Serving answers with these fields, and some clients read no others.
_FIELDS = {
    tf.float32: "float_val",
    tf.float64: "double_val",
    tf.int32: "int_val",
    tf.int64: "int64_val",
    tf.bool: "bool_val",
    tf.string: "string_val",
}


def to_array(
    name: str, proto: TensorProto, spec: tf.TensorSpec, max_bytes: int
) -> np.ndarray:
    """Makes an input of a message.

    Args:
        name: of the input.
        proto: may give one value for many, if that is a number.
        spec: type and shape of the input.
        max_bytes: of the array.

    Returns:
        An array of `spec`'s type; strings are bytes, of type object.

    Raises:
        RequestError: if type, shape or size do not fit.
    """
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if proto.dtype != spec.dtype.as_datatype_enum:
        raise bad_request(
            f"Input `{name}` must be of type {spec.dtype.name}. Received: type "
            f"{proto.dtype} of types.proto."
        )
    if min(shape, default=0) < 0 or not spec.shape.is_compatible_with(shape):
        raise bad_request(
            f"Input `{name}` must have the shape {spec.shape}. Received: {shape}."
        )
    count = math.prod(shape)
    if count * np.dtype(spec.dtype.as_numpy_dtype).itemsize > max_bytes:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"Input `{name}` must have at most {max_bytes} bytes. Received: the shape "
            f"{shape}. Send several requests.",
        )
    if spec.dtype == tf.string and len(proto.string_val) != count:
        raise bad_request(
            f"Input `{name}` must have a string for each of its {count} places. "
            f"Received: {len(proto.string_val)}."
        )
    try:
        return tf.make_ndarray(proto)
    except (TypeError, ValueError) as error:
        raise bad_request(
            f"Input `{name}` must have as many values as its shape {shape}. Received: "
            f"others ({error})."
        ) from error


def to_proto(array: np.ndarray) -> TensorProto:
    """Makes a message of an output; arrays of type object hold bytes."""
    dtype = tf.string if array.dtype == object else tf.as_dtype(array.dtype)
    if dtype not in _FIELDS:
        return tf.make_tensor_proto(array)
    proto = TensorProto(
        dtype=dtype.as_datatype_enum,
        tensor_shape=tf.TensorShape(array.shape).as_proto(),
    )
    getattr(proto, _FIELDS[dtype]).extend(array.ravel().tolist())
    return proto
