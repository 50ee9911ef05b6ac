"""The page's server: static files, and answers to what the page sends.

It keeps nothing of anyone: every request holds all that it is about.
"""

import contextlib
import pathlib
import socket
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metanet_tf.demo.downloads import zip_examples, zip_folder
from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.support_set import CardError, read_drawing, read_support_set
from metanet_tf.demo.uploads import shrink
from metanet_tf.server.access import LOOPBACK, Access, Guard
from metanet_tf.server.connections import Draining, Protocol
from metanet_tf.server.limits import BodyReader
from metanet_tf.server.request_error import RequestError, answer_error
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import parse_json

if TYPE_CHECKING:
    from metanet_tf.demo.teacher import Teacher

_STATIC = pathlib.Path(__file__).parent / "static"
# Bytes; ten classes of five coloured pictures need 5 MiB.
_MAX_BODY = 6 * 2**20
_MAX_UPLOAD = 40 * 2**20  # A phone's largest photos have about 25 MiB.
_MAX_TOTAL = 8 * _MAX_UPLOAD
_BODY_SECONDS = 60.0
_MAX_FILE_NAME = 200
_HEADERS = {
    # Nothing from elsewhere, whatever the page holds.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[Any], Response]


def make_app(
    teacher: "Teacher", initial: InitialClasses, access: Access = LOOPBACK
) -> Starlette:
    """Makes the application.

    Args:
        teacher: answers.
        initial: the classes that a new page begins with.
        access: who may ask.
    """

    def answer(content: Any) -> Response:
        support_set, drawing = read_support_set(content), read_drawing(content)
        return JSONResponse(teacher.answer(support_set, drawing))

    def examples(content: Any) -> Response:
        return _zip_response(zip_examples(read_support_set(content)))

    def model(content: Any) -> Response:
        with tempfile.TemporaryDirectory() as folder:
            export_dir = pathlib.Path(folder, "my_model")
            teacher.export(read_support_set(content), export_dir)
            return _zip_response(zip_folder(export_dir))

    page = _page(is_of_photographs=teacher.is_of_photographs)

    def initial_picture(request: Request) -> Response:
        index = request.path_params["index"]
        if index >= len(initial.paths):
            raise HTTPException(404)
        path = initial.paths[index]
        return _picture_response(shrink(path.read_bytes(), path.name))

    return Starlette(
        routes=[
            _post("/answer", answer),
            _post("/examples.zip", examples),
            _post("/model.zip", model),
            Route("/picture", _shrink_upload, methods=["POST"]),
            Route("/initial_classes", lambda request: JSONResponse(initial.describe())),
            Route("/initial_classes/{index:int}", initial_picture),
            Route("/", lambda request: HTMLResponse(page)),
            Mount("/", StaticFiles(directory=_STATIC)),
        ],
        middleware=[
            Middleware(Draining),
            Middleware(_WithHeaders),
            Middleware(Guard, access=access),
        ],
        exception_handlers={InputError: _bad_input, RequestError: answer_error},
    )


def _page(*, is_of_photographs: bool) -> str:
    """Returns the page, which says in words of its own what the model is of."""
    page = (_STATIC / "index.html").read_text(encoding="utf-8")
    if not is_of_photographs:
        return page
    return page.replace('data-of="drawings"', 'data-of="photographs"', 1)


def run_app(app: Starlette, listener: socket.socket) -> None:
    """Serves until ^C."""
    settings = uvicorn.Config(app, http=Protocol, ws="none", log_level="warning")
    server = uvicorn.Server(settings)
    with contextlib.suppress(KeyboardInterrupt):  # That is how it is meant to end.
        server.run(sockets=[listener])


def _body_reader(max_bytes: int) -> BodyReader:
    return BodyReader(
        max_bytes=max_bytes,
        max_total=_MAX_TOTAL,
        seconds=_BODY_SECONDS,
        remedy="Send smaller pictures.",
    )


_json_bodies = _body_reader(_MAX_BODY)
_uploads = _body_reader(_MAX_UPLOAD)


def _post(path: str, handler: Handler) -> Route:
    """A route to a function of what the request's JSON holds, run in a thread."""

    async def endpoint(request: Request) -> Response:
        async with _json_bodies.read(request) as body:
            return await run_in_threadpool(lambda: handler(_parse(body)))

    return Route(path, endpoint, methods=["POST"])


async def _shrink_upload(request: Request) -> Response:
    """Makes a small picture of the file that is the request's body."""
    name = request.query_params.get("name", "The picture")[:_MAX_FILE_NAME]
    async with _uploads.read(request) as content:
        return _picture_response(await run_in_threadpool(shrink, content, name))


def _parse(body: bytes) -> Any:
    try:
        return parse_json(body)
    except ValueError as error:
        raise InputError(
            f"A request must be JSON. Received: something else ({error}). Correct it."
        ) from error


class _WithHeaders:
    """Adds `_HEADERS` to all answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _bad_input(request: Request, error: Exception) -> Response:
    place = {"class": error.index} if isinstance(error, CardError) else {}
    return JSONResponse({"error": str(error), **place}, status_code=400)


def _picture_response(content: bytes) -> Response:
    return Response(content, media_type="image/webp")


def _zip_response(content: bytes) -> Response:
    return Response(content, media_type="application/zip")
