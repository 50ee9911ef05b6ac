"""The HTTP interface: TensorFlow Serving's paths, health, metrics and errors."""

import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from metanet_tf.config import ServeConfig
from metanet_tf.server.access import Access, Guard, read_names, read_origins
from metanet_tf.server.api import Api
from metanet_tf.server.connections import Draining
from metanet_tf.server.grpc_api import grpc_server
from metanet_tf.server.metrics import Measured, exposition
from metanet_tf.server.request_error import RequestError, answer_error
from metanet_tf.server.service import Service

_MODEL = "/v1/models/{name}"
_MODEL_PATHS = (_MODEL, _MODEL + "/versions/{version}", _MODEL + "/labels/{label}")
# What a page of another origin may send beside what needs no leave.
_CORS_METHODS = ("GET", "POST")
_CORS_HEADERS = ("Authorization", "Content-Encoding", "Content-Type")


def make_app(config: ServeConfig) -> Starlette:
    """Makes what a worker process serves; the model is loaded once it runs."""
    service = Service(config)
    api = Api(service)
    routes = [
        *(route for path in _MODEL_PATHS for route in _model_routes(path, api)),
        Route("/healthz", _alive),
        Route("/readyz", api.ready),
        Route("/metrics", _metrics),
        Route("/monitoring/prometheus/metrics", _metrics),
    ]
    errors: dict[Any, Any] = {
        RequestError: answer_error,
        HTTPException: functools.partial(_no_such_path, config.name),
        Exception: _internal_error,
    }
    return Starlette(
        routes=routes,
        middleware=_middleware(config),
        exception_handlers=errors,
        lifespan=lambda app: _lifespan(service),
    )


@contextlib.asynccontextmanager
async def _lifespan(service: Service) -> AsyncIterator[None]:
    """Loads the model before requests are taken, and later newer versions."""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(service.following())
        if service.config.grpc_port is not None:
            await stack.enter_async_context(grpc_server(service))
        yield


def _middleware(config: ServeConfig) -> list[Middleware]:
    origins = read_origins(config.cors_origin)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=_CORS_METHODS,
        allow_headers=_CORS_HEADERS,
    )
    names = read_names(config.allowed_hosts)
    access = Access(config.host, names, origins, config.token)
    return [
        Middleware(Draining),
        # Browsers ask for leave without a token.
        *([cors] if origins else []),
        Middleware(Guard, access=access, open_paths=("/healthz", "/readyz")),
    ]


def _model_routes(path: str, api: Api) -> list[Route]:
    return [
        Route(path, api.status),
        Route(path + "/metadata", api.metadata),
        _measured_post(path + ":predict", api.predict),
        Route(path + ":classify", api.unsupported, methods=["POST"]),
        Route(path + ":regress", api.unsupported, methods=["POST"]),
    ]


def _measured_post(
    path: str, endpoint: Callable[[Request], Awaitable[Response]]
) -> Route:
    return Route(path, endpoint, methods=["POST"], middleware=[Middleware(Measured)])


async def _alive(request: Request) -> Response:
    return PlainTextResponse("alive\n")


def _metrics(request: Request) -> Response:
    return Response(exposition(), media_type="text/plain; version=0.0.4")


async def _no_such_path(name: str, request: Request, error: HTTPException) -> Response:
    path = request.url.path
    # TensorFlow Serving takes a path below /v1/ for a malformed request.
    status = HTTPStatus.BAD_REQUEST if path.startswith("/v1/") else error.status_code
    return _error(
        f"Malformed request: {request.method} {path}. The model is at "
        f"{_MODEL.format(name=name)}, and answers POST {_MODEL.format(name=name)}"
        ":predict.",
        status,
    )


async def _internal_error(request: Request, error: Exception) -> Response:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _error("The server failed; its log tells why.", status)


def _error(message: str, status: int) -> Response:
    return JSONResponse({"error": message}, status)
