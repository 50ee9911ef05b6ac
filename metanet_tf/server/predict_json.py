"""The bodies of `:predict`: by row with "instances", by column with "inputs"."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from metanet_tf.server.request_error import bad_request
from metanet_tf.server.saved_model import DEFAULT_SIGNATURE, Signature, find_signature
from metanet_tf.server.tensors import is_base64, to_array, to_json
from metanet_tf.utils.files import parse_json


class PredictRequest(NamedTuple):
    """A parsed request: signature, inputs and format of the answer.

    Attributes:
        signature: to be run.
        inputs: by name.
        by_row: whether the answer is to be an object for each instance.
    """

    signature: Signature
    inputs: dict[str, np.ndarray]
    by_row: bool


def read_request(body: bytes, signatures: Mapping[str, Signature]) -> PredictRequest:
    """Reads {"signature_name": ..., "instances": [...]} or {..., "inputs": ...}.

    Raises:
        RequestError: if the body is something else or does not fit the signature.
    """
    content = _parse(body)
    name = content.get("signature_name") or DEFAULT_SIGNATURE
    signature = find_signature(name, signatures)
    by_row = "instances" in content
    if by_row == ("inputs" in content):
        raise bad_request("A request must have either 'instances' or 'inputs'.")
    if by_row:
        values = _columns(content["instances"], signature.inputs)
    else:
        values = _named(content["inputs"], signature.inputs)
    inputs = {
        name: to_array(name, values[name], spec)
        for name, spec in signature.inputs.items()
    }
    return PredictRequest(signature, inputs, by_row)


def write_answer(outputs: Mapping[str, np.ndarray], *, by_row: bool) -> bytes:
    """Writes {"predictions": [...]} or {"outputs": ...}.

    Names are left out where there is one output.

    Raises:
        RequestError: if outputs that are no batches are to be given by row.
    """
    if by_row:
        _check_batch(outputs)
    values = {name: to_json(name, array) for name, array in outputs.items()}
    if len(values) == 1:
        (answer,) = values.values()
    elif by_row:
        answer = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    else:
        answer = values
    return json.dumps({"predictions" if by_row else "outputs": answer}).encode()


def _check_batch(outputs: Mapping[str, np.ndarray]) -> None:
    batches = {array.shape[:1] for array in outputs.values()}
    if len(batches) != 1 or () in batches:
        raise bad_request(
            "Outputs by row must have one first dimension. Received: "
            f"{ ({name: list(array.shape) for name, array in outputs.items()}) }. Send "
            "'inputs' instead of 'instances'."
        )


def _parse(body: bytes) -> dict[str, Any]:
    try:
        content = parse_json(body)
    except ValueError as error:
        raise bad_request(f"JSON Parse error: {error}") from error
    if not isinstance(content, dict):
        raise bad_request("A request must be a JSON object.")
    return content


def _columns(instances: Any, names: Collection[str]) -> dict[str, Any]:
    """Turns an object, or a plain value, for each instance into lists by input."""
    if not isinstance(instances, list) or not instances:
        raise bad_request("'instances' must be a list with at least one element.")
    if not _is_object(instances[0]):
        return {_only(names): instances}
    for instance in instances:
        if not _is_object(instance) or instance.keys() != set(names):
            raise bad_request(
                f"Each of 'instances' must be an object of {', '.join(names)}."
            )
    return {name: [instance[name] for instance in instances] for name in names}


def _named(inputs: Any, names: Collection[str]) -> dict[str, Any]:
    if not _is_object(inputs):
        return {_only(names): inputs}
    missing = set(names) - inputs.keys()
    if missing:
        raise bad_request(f"'inputs' must have {', '.join(sorted(missing))} too.")
    return inputs


def _only(names: Collection[str]) -> str:
    if len(names) > 1:
        raise bad_request(f"Inputs must be named: there are {', '.join(names)}.")
    (name,) = names
    return name


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not is_base64(value)
