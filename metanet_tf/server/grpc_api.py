"""TensorFlow Serving's PredictionService over gRPC, beside the REST API."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any

import anyio
import grpc
from google.protobuf.message import Message
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from metanet_tf.server.access import is_bearer
from metanet_tf.server.metrics import measured
from metanet_tf.server.predict_message import parse, read_request, write_answer
from metanet_tf.server.request_error import RequestError, bad_request
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.server.service import Service

_SERVICE = "tensorflow.serving.PredictionService"
_CODES = {
    HTTPStatus.BAD_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    HTTPStatus.UNAUTHORIZED: grpc.StatusCode.UNAUTHENTICATED,
    HTTPStatus.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: grpc.StatusCode.DEADLINE_EXCEEDED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    HTTPStatus.SERVICE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT: grpc.StatusCode.DEADLINE_EXCEEDED,
}
_OPTIONS = {
    "grpc.so_reuseport": 1,  # The workers listen at one port.
    # None but "identity": a compressed message could unfold to any size.
    "grpc.compression_enabled_algorithms_bitset": 1,
    "grpc.server_handshake_timeout_ms": 10_000,
    "grpc.max_connection_idle_ms": 300_000,
}
# Answers a message, until `time.monotonic()` is the second argument.
_Method = Callable[[bytes, float], Awaitable[Message]]


@contextlib.asynccontextmanager
async def grpc_server(service: Service) -> AsyncIterator[None]:
    """Answers at the port of the settings; at the end, once requests are answered."""
    config = service.config
    options = {**_OPTIONS, "grpc.max_receive_message_length": service.max_bytes}
    server = grpc.aio.server(
        options=list(options.items()), maximum_concurrent_rpcs=config.max_in_flight
    )
    server.add_generic_rpc_handlers([_handlers(service)])
    host = f"[{config.host}]" if ":" in config.host else config.host
    server.add_insecure_port(f"{host}:{config.grpc_port}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(grace=config.timeout_seconds)


class GrpcApi:
    """Answers messages.

    Each method raises `RequestError` where the message cannot be answered.

    Args:
        service: runs the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def predict(self, content: bytes, deadline: float) -> Message:
        """Runs a signature; `content` is a PredictRequest."""
        request = parse(PredictRequest, content)
        model = self._requested(request.model_spec)
        return await self._service.in_thread(
            lambda: self._answer(model, request, deadline)
        )

    async def metadata(self, content: bytes, deadline: float) -> Message:
        """Tells the model's signatures; `content` is a GetModelMetadataRequest."""
        request = parse(GetModelMetadataRequest, content)
        model = self._requested(request.model_spec)
        if set(request.metadata_field) != {"signature_def"}:
            raise bad_request("`metadata_field` must be signature_def.")
        answer = GetModelMetadataResponse(model_spec=self._spec(model))
        signatures = SignatureDefMap(signature_def=model.signature_defs)
        answer.metadata["signature_def"].Pack(signatures)
        return answer

    def _answer(
        self, model: SavedModel, request: PredictRequest, deadline: float
    ) -> Message:
        max_bytes = self._service.max_bytes
        signature, inputs = read_request(request, model.signatures, max_bytes)
        answer = write_answer(self._service.run(model, signature, inputs, deadline))
        name = request.model_spec.signature_name
        answer.model_spec.CopyFrom(self._spec(model, name))
        return answer

    def _requested(self, spec: ModelSpec) -> SavedModel:
        version = str(spec.version.value) if spec.HasField("version") else None
        return self._service.requested(spec.name, version, spec.version_label or None)

    def _spec(self, model: SavedModel, signature_name: str = "") -> ModelSpec:
        spec = ModelSpec(name=self._service.config.name, signature_name=signature_name)
        spec.version.value = model.version
        return spec


def _handlers(service: Service) -> grpc.GenericRpcHandler:
    api = GrpcApi(service)
    methods = {"Predict": api.predict, "GetModelMetadata": api.metadata}
    # Streams, of which the first message is read: so its time can be limited.
    return grpc.method_handlers_generic_handler(
        _SERVICE,
        {
            name: grpc.stream_unary_rpc_method_handler(_handler(service, method))
            for name, method in methods.items()
        },
    )


def _handler(service: Service, method: _Method) -> Any:
    """Makes what gRPC calls: it checks the token and the time, and tells of errors."""
    token, seconds = service.config.token, service.config.timeout_seconds

    async def handle(messages: Any, context: grpc.aio.ServicerContext) -> bytes:
        with measured() as outcome:
            try:
                _check_token(context, token)
                deadline = time.monotonic() + min(
                    seconds, context.time_remaining() or seconds
                )
                content = await _receive(context, seconds)
                answer = (await method(content, deadline)).SerializeToString()
            except RequestError as error:
                outcome.status = error.status
                await context.abort(_CODES[error.status], str(error))
            except asyncio.CancelledError:  # The client went away.
                outcome.status = HTTPStatus.BAD_REQUEST
                raise
            outcome.status = HTTPStatus.OK
        return answer

    return handle


async def _receive(context: grpc.aio.ServicerContext, seconds: float) -> bytes:
    try:
        with anyio.fail_after(seconds):
            content = await context.read()
    except TimeoutError as error:
        raise RequestError(
            HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time."
        ) from error
    if content is grpc.aio.EOF:
        raise bad_request("A request must be a message. Received: none.")
    return content


def _check_token(context: grpc.aio.ServicerContext, token: str) -> None:
    metadata = dict(context.invocation_metadata() or ())
    if token and not is_bearer(str(metadata.get("authorization", "")), token):
        raise RequestError(
            HTTPStatus.UNAUTHORIZED,
            "A token must be sent as metadata: `authorization: Bearer TOKEN`.",
        )
