"""A SavedModel in a session: what TensorFlow Serving runs models in.

A session knows deadlines, at which it stops a computation, and gives memory back
when the last request of an old version is done. `tf.saved_model.load` does neither.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from metanet_tf.server.request_error import RequestError, bad_request
from metanet_tf.utils.checksums import check_sums
from metanet_tf.utils.errors import reason_of
from metanet_tf.utils.files import literal_path
from metanet_tf.utils.version_folders import Version

DEFAULT_SIGNATURE = "serving_default"
_STATUSES = {
    tf.errors.InvalidArgumentError: HTTPStatus.BAD_REQUEST,
    tf.errors.FailedPreconditionError: HTTPStatus.BAD_REQUEST,
    tf.errors.OutOfRangeError: HTTPStatus.BAD_REQUEST,
    tf.errors.ResourceExhaustedError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Signature(NamedTuple):
    """A function of a SavedModel.

    Attributes:
        inputs: types and shapes by name; `name` of each is the tensor's.
        outputs: names of tensors by name.
    """

    inputs: dict[str, tf.TensorSpec]
    outputs: dict[str, str]


def find_signature(name: Any, signatures: Mapping[str, Signature]) -> Signature:
    """Returns the signature that a request names.

    Raises:
        RequestError: if there is none.
    """
    if not isinstance(name, str) or name not in signatures:
        raise bad_request(
            f"`signature_name` must be one of {', '.join(sorted(signatures))}. "
            f"Received: {str(name)[:100]}."
        )
    return signatures[name]


class SavedModel:
    """A loaded SavedModel; may be run by several threads at once.

    Args:
        version: which one, and where it lies.

    Attributes:
        version: its number.
        signatures: functions that have inputs, by name.
        signature_defs: all functions, as the file describes them.

    Raises:
        OSError, ValueError, RuntimeError, tf.errors.OpError: if it cannot be loaded.
    """

    def __init__(self, version: Version) -> None:
        self.version = version.number
        check_sums(version.folder)
        with tf.Graph().as_default() as graph:
            self._session = tf.compat.v1.Session(graph=graph)
            meta_graph = tf.compat.v1.saved_model.load(
                self._session,
                [tf.saved_model.SERVING],
                literal_path(version.folder),
            )
        self.signature_defs = dict(meta_graph.signature_def)
        self.signatures = {
            name: _signature(definition)
            for name, definition in self.signature_defs.items()
            if definition.inputs
        }

    def run(
        self, signature: Signature, inputs: Mapping[str, np.ndarray], seconds: float
    ) -> dict[str, np.ndarray]:
        """Computes the outputs of `signature` for `inputs`, in at most `seconds`.

        Raises:
            RequestError: if the model refuses the inputs, or time or memory run out.
        """
        feeds = {signature.inputs[name].name: array for name, array in inputs.items()}
        options = tf.compat.v1.RunOptions(
            timeout_in_ms=max(1, math.ceil(1e3 * seconds))
        )
        try:
            return self._session.run(signature.outputs, feeds, options)
        except tf.errors.DeadlineExceededError as error:
            raise RequestError(
                HTTPStatus.GATEWAY_TIMEOUT,
                "The model did not answer in time. Send less in a request, or start "
                "the server with a larger --timeout_seconds.",
            ) from error
        except tuple(_STATUSES) as error:
            raise RequestError(_STATUSES[type(error)], reason_of(error)) from error


def _signature(definition: Any) -> Signature:
    inputs = {
        name: tf.TensorSpec(info.tensor_shape, info.dtype, info.name)
        for name, info in sorted(definition.inputs.items())
    }
    outputs = {name: info.name for name, info in sorted(definition.outputs.items())}
    return Signature(inputs, outputs)
