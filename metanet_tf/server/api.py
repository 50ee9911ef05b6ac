"""Handlers for the paths of TensorFlow Serving's REST API."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from metanet_tf.config import ServeConfig
from metanet_tf.server.content_encoding import decode_body
from metanet_tf.server.limits import BodyReader, RequestLimiter
from metanet_tf.server.pictures import check_pictures
from metanet_tf.server.predict_json import read_request, write_answer
from metanet_tf.server.request_error import RequestError, bad_request
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.server.served_model import ServedModel

_MIB = 2**20


class Api:
    """Answers requests; TensorFlow works in threads, so that others are heard.

    Each method that takes a `Request` raises `RequestError` where the request cannot
    be answered.

    Args:
        config: the model and the limits.
    """

    def __init__(self, config: ServeConfig) -> None:
        self._config = config
        self._model = ServedModel(config.model)
        self._threads = ThreadPoolExecutor(config.threads)
        self._limiter = RequestLimiter(config.max_in_flight)
        self._max_bytes = max_bytes = int(config.max_body_mib * _MIB)
        self._bodies = BodyReader(
            max_bytes=max_bytes,
            max_total=max_bytes * config.max_in_flight,
            seconds=config.timeout_seconds,
            remedy="Send several, or start the server with a larger --max_body_mib.",
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Loads the model before requests are taken, and later newer versions."""
        await asyncio.to_thread(self._model.refresh)
        following = asyncio.create_task(self._model.follow(self._config.poll_seconds))
        yield
        following.cancel()

    async def ready(self, request: Request) -> Response:
        """Tells whether there is a model."""
        self._loaded()
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
        signatures = {"signature_def": {"signature_def": model.signature_defs}}
        return JSONResponse({"model_spec": spec, "metadata": signatures})

    async def predict(self, request: Request) -> Response:
        """Runs a signature."""
        model = self._requested(request)
        encoding = request.headers.get("Content-Encoding", "")
        deadline = time.monotonic() + self._config.timeout_seconds
        # A client that is slow to send takes no place from others.
        async with self._bodies.read(request) as body:
            with self._limiter.admitted():
                answer = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._answer, model, body, encoding, deadline
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
        body = decode_body(body, encoding, self._max_bytes)
        request = read_request(body, model.signatures)
        check_pictures(
            request.inputs,
            max_pictures=self._config.max_pictures,
            max_megapixels=self._config.max_megapixels,
        )
        # Less than none if the request waited too long for a thread: the model then
        # stops at once.
        seconds = deadline - time.monotonic()
        outputs = model.run(request.signature, request.inputs, seconds)
        return write_answer(outputs, by_row=request.by_row)

    def _loaded(self) -> SavedModel:
        if self._model.current is None:
            raise RequestError(
                HTTPStatus.SERVICE_UNAVAILABLE, "The model is not loaded yet."
            )
        return self._model.current

    def _requested(self, request: Request) -> SavedModel:
        """The model that a path names, if that is the one served."""
        name = request.path_params["name"]
        version, label = map(request.path_params.get, ("version", "label"))
        model = self._loaded()
        if (
            name == self._config.name
            and version in (None, str(model.version))
            and label in (None, self._config.label)
        ):
            return model
        named = version or label
        wanted = f"Specific({name}, {named})" if named else f"Latest({name})"
        raise RequestError(
            HTTPStatus.NOT_FOUND,
            f"Servable not found for request: {wanted}. There is version "
            f"{model.version} of {self._config.name}, with the label "
            f"{self._config.label}.",
        )
