"""Handlers for the paths of TensorFlow Serving's REST API."""

import time

from google.protobuf import json_format
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from metanet_tf.server.content_encoding import decode_body
from metanet_tf.server.limits import BodyReader
from metanet_tf.server.predict_json import read_request, write_answer
from metanet_tf.server.request_error import bad_request
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.server.service import Service


class Api:
    """Answers requests over HTTP.

    Each method that takes a `Request` raises `RequestError` where the request cannot
    be answered.

    Args:
        service: runs the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._config = service.config
        self._bodies = BodyReader(
            max_bytes=service.max_bytes,
            max_total=service.max_bytes * self._config.max_in_flight,
            seconds=self._config.timeout_seconds,
            remedy="Send several, or start the server with a larger --max_body_mib.",
        )

    async def ready(self, request: Request) -> Response:
        """Tells whether there is a model."""
        self._service.loaded()
        return PlainTextResponse("ready\n")

    async def status(self, request: Request) -> Response:
        """Tells which version is served."""
        state = {
            "version": str(self._requested(request).version),
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        return JSONResponse({"model_version_status": [state]})

    async def metadata(self, request: Request) -> Response:
        """Tells the model's signatures."""
        model = self._requested(request)
        spec = {
            "name": self._config.name,
            "signature_name": "",
            "version": str(model.version),
        }
        definitions = {
            name: json_format.MessageToDict(
                definition,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for name, definition in model.signature_defs.items()
        }
        signatures = {"signature_def": {"signature_def": definitions}}
        return JSONResponse({"model_spec": spec, "metadata": signatures})

    async def predict(self, request: Request) -> Response:
        """Runs a signature."""
        model = self._requested(request)
        encoding = request.headers.get("Content-Encoding", "")
        deadline = time.monotonic() + self._config.timeout_seconds
        # A client that is slow to send takes no place from others.
        async with self._bodies.read(request) as body:
            answer = await self._service.in_thread(
                lambda: self._answer(model, body, encoding, deadline)
            )
        return Response(answer, media_type="application/json")

    async def unsupported(self, request: Request) -> Response:
        """Refuses tf.Example protocols; the model's own `classify` is a signature."""
        self._requested(request)
        raise bad_request(
            ":classify and :regress, which take tf.Examples, are not supported. Send "
            "a request to :predict, which runs every signature: "
            '{"signature_name": ..., "inputs": ...}.'
        )

    def _answer(
        self, model: SavedModel, body: bytes, encoding: str, deadline: float
    ) -> bytes:
        body = decode_body(body, encoding, self._service.max_bytes)
        request = read_request(body, model.signatures)
        outputs = self._service.run(model, request.signature, request.inputs, deadline)
        return write_answer(outputs, by_row=request.by_row)

    def _requested(self, request: Request) -> SavedModel:
        """The model that a path names, if that is the one served."""
        return self._service.requested(**request.path_params)
