"""The messages of Predict: TensorFlow Serving's PredictRequest and PredictResponse."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from google.protobuf.message import DecodeError, Message
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from metanet_tf.server.request_error import bad_request
from metanet_tf.server.saved_model import DEFAULT_SIGNATURE, Signature, find_signature
from metanet_tf.server.tensor_protos import to_array, to_proto

_M = TypeVar("_M", bound=Message)


def parse(kind: type[_M], content: bytes) -> _M:
    """Returns the message of a type that `content` is.

    Raises:
        RequestError: if it is none.
    """
    try:
        return kind.FromString(content)
    except DecodeError as error:
        raise bad_request(f"The message must be a {kind.__name__}: {error}.") from error


def read_request(
    request: PredictRequest, signatures: Mapping[str, Signature], max_bytes: int
) -> tuple[Signature, dict[str, np.ndarray]]:
    """Returns the signature that is to be run and its inputs by name.

    The signature's outputs are those that the request asks for, if it names some.

    Raises:
        RequestError: if the request does not fit the signature, or an input has more
            than `max_bytes`.
    """
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    signature = find_signature(name, signatures)
    if request.inputs.keys() != signature.inputs.keys():
        raise bad_request(
            f"`inputs` must be {', '.join(signature.inputs)}. Received: "
            f"{', '.join(sorted(request.inputs))[:200] or 'none'}."
        )
    inputs = {
        name: to_array(name, request.inputs[name], spec, max_bytes)
        for name, spec in signature.inputs.items()
    }
    return signature._replace(outputs=_wanted(request, signature.outputs)), inputs


def write_answer(outputs: Mapping[str, np.ndarray]) -> PredictResponse:
    """Returns the message of the outputs by name."""
    return PredictResponse(
        outputs={name: to_proto(array) for name, array in outputs.items()}
    )


def _wanted(request: PredictRequest, outputs: Mapping[str, str]) -> dict[str, str]:
    names = set(request.output_filter) or outputs.keys()
    if not names <= outputs.keys():
        raise bad_request(
            f"`output_filter` must be of {', '.join(outputs)}. Received: "
            f"{', '.join(sorted(names))[:200]}."
        )
    return {name: outputs[name] for name in outputs if name in names}
