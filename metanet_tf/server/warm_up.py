"""Requests that a model gets before it is served, so that no client waits for it.

TensorFlow optimizes a function's graph when it first runs: that takes seconds.
"""

import contextlib
import io
import time

import numpy as np
import tensorflow as tf
from PIL import Image

from metanet_tf.server.request_error import RequestError
from metanet_tf.server.saved_model import SavedModel, Signature

_ROWS = 2
_SIDE = 28
_CHANNELS = 1


def warm_up(model: SavedModel, seconds: float) -> None:
    """Runs every signature of `model`, in at most `seconds` together.

    The inputs are two pictures, labels 0 and 1, and zeros. A model may refuse them:
    its graph has been optimized by then.
    """
    deadline = time.monotonic() + seconds
    for signature in model.signatures.values():
        with contextlib.suppress(RequestError):
            inputs = _inputs(signature)
            model.run(signature, inputs, deadline - time.monotonic())


def _inputs(signature: Signature) -> dict[str, np.ndarray]:
    return {name: _input(spec) for name, spec in signature.inputs.items()}


def _input(spec: tf.TensorSpec) -> np.ndarray:
    shape = _shape(spec.shape)
    if spec.dtype == tf.string:
        return _cycle(_pictures(), shape)
    dtype = np.dtype(spec.dtype.as_numpy_dtype)
    if spec.dtype.is_integer and len(shape) == 1:
        return _cycle(np.arange(_ROWS, dtype=dtype), shape)
    return np.zeros(shape, dtype)


def _shape(shape: tf.TensorShape) -> list[int]:
    """Sizes in place of those that a request chooses: rows of images."""
    if shape.rank is None:
        return [_ROWS]
    free = [_ROWS, _SIDE, _SIDE, _CHANNELS, *[1] * shape.rank]
    return [free[axis] if size is None else size for axis, size in enumerate(shape)]


def _cycle(values: np.ndarray, shape: list[int]) -> np.ndarray:
    return np.resize(values, shape)


def _pictures() -> np.ndarray:
    """PNG files of a line each on white, across and down: object [2]."""
    across = np.full([_SIDE, _SIDE], 255, np.uint8)
    across[_SIDE // 2, 5:-5] = 0
    files = np.empty(_ROWS, object)
    files[:] = [_png(across), _png(across.T)]
    return files


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
