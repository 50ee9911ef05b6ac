"""Connections: how long they may be silent, and how they are closed."""

import asyncio
from typing import Any

import anyio
import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_MAX_DROPPED = 256 * 2**20  # Bytes.
_DROP_SECONDS = 10.0
_SILENT_SECONDS = 1.0


class Protocol(H11Protocol):
    """Closes a connection if the headers of a request do not arrive in time.

    uvicorn limits only the time between an answer and the next request.
    """

    HEADER_SECONDS = 10.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._header_timer: asyncio.TimerHandle | None = None
        self._time_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._time_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_timer()

    def _time_headers(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._header_timer is None:
            self._header_timer = self.loop.call_later(
                self.HEADER_SECONDS, self.timeout_keep_alive_handler
            )

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None


class Draining:
    """Answers a client once it has sent its request, so that it hears the answer.

    A connection that is closed while data arrive is reset. What `app` does not read
    of a body is read and dropped, up to a bound; beyond it the connection is closed.

    Args:
        app: answers.
        max_bytes: dropped at most.
        seconds: spent at most.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = _MAX_DROPPED,
        seconds: float = _DROP_SECONDS,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = _Body(scope, receive)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.has_ended:
                await self._drop(body)
                if not body.has_ended:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, body.receive, answer)

    async def _drop(self, body: "_Body") -> None:
        dropped = 0
        with anyio.move_on_after(self._seconds):
            while not body.has_ended and not body.is_held_back:
                with anyio.move_on_after(_SILENT_SECONDS) as silence:
                    dropped += len((await body.receive()).get("body", b""))
                if silence.cancelled_caught or dropped > self._max_bytes:
                    return


class _Body:
    """A request's body as it arrives.

    Attributes:
        has_ended: all of it has been received, or the client has gone.
        is_held_back: the client waits to be told that it may send it.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self.has_ended = False
        expects = Headers(scope=scope).get("Expect", "")
        self.is_held_back = expects.lower() == "100-continue"

    async def receive(self) -> Message:
        self.is_held_back = False
        message = await self._receive()
        self.has_ended = not message.get("more_body", False)
        return message
