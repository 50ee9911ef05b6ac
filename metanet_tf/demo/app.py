"""The page's server: static files, and answers to what the page sends.

It keeps nothing of anyone: every request holds all that it is about.
"""

import contextlib
import functools
import json
import pathlib
import socket
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from metanet_tf.demo.downloads import zip_examples, zip_folder
from metanet_tf.demo.lesson import read_drawing, read_lesson
from metanet_tf.demo.start import Start
from metanet_tf.errors import InputError

if TYPE_CHECKING:
    from metanet_tf.demo.teacher import Teacher

_STATIC = pathlib.Path(__file__).parent / "static"
_LARGEST_BODY = 6 * 2**20  # Bytes; ten classes of five coloured pictures need 5 MiB.
_HEADERS = {
    # Nothing from elsewhere, whatever the page holds.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[Any], Response]


def make_app(teacher: "Teacher", start: Start) -> Starlette:
    """Makes the application.

    Args:
        teacher: answers.
        start: the classes that a new page begins with.
    """

    def answer(content: Any) -> Response:
        return JSONResponse(teacher.answer(read_lesson(content), read_drawing(content)))

    def examples(content: Any) -> Response:
        return _zip_response(zip_examples(read_lesson(content)))

    def model(content: Any) -> Response:
        with tempfile.TemporaryDirectory() as folder:
            export_dir = pathlib.Path(folder, "my_model")
            teacher.taught(read_lesson(content)).export(export_dir)
            return _zip_response(zip_folder(export_dir))

    def picture(request: Request) -> Response:
        index = request.path_params["index"]
        if index >= len(start.paths):
            raise HTTPException(404)
        return FileResponse(start.paths[index])

    return Starlette(
        routes=[
            _post("/answer", answer),
            _post("/examples.zip", examples),
            _post("/model.zip", model),
            Route("/start", lambda request: JSONResponse(start.describe())),
            Route("/start/{index:int}", picture),
            Mount("/", StaticFiles(directory=_STATIC, html=True)),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_add_headers)],
        exception_handlers={InputError: _bad_input},
    )


def run_app(app: Starlette, listener: socket.socket) -> None:
    """Serves until ^C."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with contextlib.suppress(KeyboardInterrupt):  # That is how it is meant to end.
        server.run(sockets=[listener])


def _post(path: str, handler: Handler) -> Route:
    """A route to a function of what the request's JSON holds, run in a thread."""

    async def endpoint(request: Request) -> Response:
        content = await _read_json(request)
        return await run_in_threadpool(functools.partial(handler, content))

    return Route(path, endpoint, methods=["POST"])


async def _read_json(request: Request) -> Any:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_BODY:
            raise InputError(
                f"A request must have at most {_LARGEST_BODY} bytes. Received: more. "
                "Send smaller pictures."
            )
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"A request must be JSON. Received: something else ({error}). Correct it."
        ) from error


async def _add_headers(
    request: Request, call_next: RequestResponseEndpoint
) -> Response:
    response = await call_next(request)
    response.headers.update(_HEADERS)
    return response


def _bad_input(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


def _zip_response(content: bytes) -> Response:
    return Response(content, media_type="application/zip")
