"""Between JSON values and arrays, by TensorFlow Serving's rules."""

import base64
from typing import Any

import numpy as np
import tensorflow as tf

from metanet_tf.server.request_error import bad_request

_BASE64 = "b64"
_MAX_DIMENSIONS = 32  # NumPy iterates over no more.
_WEB_SAFE = str.maketrans("-_", "+/")
# By the kind of NumPy's type. Python's bool is an int, so types are compared.
_ACCEPTED: dict[str, set[type]] = {
    "b": {bool},
    "i": {int},
    "u": {int},
    "f": {int, float},
    "O": {str, dict},
}


def is_base64(value: Any) -> bool:
    """True if a JSON value is {"b64": "..."}: a string in base64."""
    return (
        isinstance(value, dict)
        and value.keys() == {_BASE64}
        and isinstance(value[_BASE64], str)
    )


def to_array(name: str, value: Any, spec: tf.TensorSpec) -> np.ndarray:
    """Makes an input of a JSON value.

    Args:
        name: of the input.
        value: a number, string, truth value or {"b64": "..."}; or lists of them.
        spec: type and shape of the input.

    Returns:
        An array of `spec`'s type; strings are bytes, of type object.

    Raises:
        RequestError: if types, shape or range do not fit.
    """
    # Objects keep their types, and a long string's length is not that of all.
    array = np.array(value, dtype=object)
    if array.ndim > _MAX_DIMENSIONS:
        raise bad_request(
            f"Input `{name}` must have at most {_MAX_DIMENSIONS} dimensions. Received: "
            "lists nested deeper."
        )
    dtype = np.dtype(spec.dtype.as_numpy_dtype)
    if not set(map(type, array.flat)) <= _ACCEPTED.get(dtype.kind, set()):
        raise bad_request(
            f"Input `{name}` must be values of type {spec.dtype.name} in lists of even "
            "length. Received other types or lengths."
        )
    if not spec.shape.is_compatible_with(array.shape):
        raise bad_request(
            f"Input `{name}` must have the shape {spec.shape}. Received: "
            f"{list(array.shape)}."
        )
    try:
        if spec.dtype == tf.string:
            return _each(_to_bytes, array)
        with np.errstate(over="raise"):
            return array.astype(dtype)
    except (OverflowError, FloatingPointError) as error:
        raise bad_request(
            f"Input `{name}` must be within the range of {spec.dtype.name}. Received: "
            f"more ({error})."
        ) from error


def to_json(name: str, array: np.ndarray) -> Any:
    """Makes a JSON value of an output: lists of numbers or strings.

    Args:
        name: of the output. Strings are text, and in base64 if the name ends in
            _bytes.
        array: of any shape.
    """
    if array.dtype == object:
        return _each(
            _to_base64 if name.endswith("_bytes") else _to_text, array
        ).tolist()
    if array.dtype.kind == "f":
        # The shortest number that is the same float32: 0.2, not 0.200000002980232.
        return array.astype(str).astype(np.float64).tolist()
    return array.tolist()


def _each(function: Any, array: np.ndarray) -> np.ndarray:
    return np.asarray(np.frompyfunc(function, 1, 1)(array), dtype=object)


def _to_bytes(value: Any) -> bytes:
    try:
        if isinstance(value, str):
            return value.encode()
        if is_base64(value):
            return _from_base64(value[_BASE64])
    except ValueError as error:
        raise bad_request(f"A string is not well encoded: {error}.") from error
    raise bad_request(
        'A string must be a JSON string or {"b64": "..."}. Received: an object with '
        f"{', '.join(sorted(value)) or 'nothing'}."
    )


def _from_base64(text: str) -> bytes:
    """Decodes both alphabets; lines may be broken and padding left out."""
    text = "".join(text.split()).translate(_WEB_SAFE)
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _to_base64(value: bytes) -> dict[str, str]:
    return {_BASE64: base64.b64encode(value).decode()}


def _to_text(value: bytes) -> str:
    return value.decode(errors="replace")
