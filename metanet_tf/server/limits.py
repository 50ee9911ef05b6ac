"""Limits on requests and their bodies, which bound memory."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus

import anyio
from starlette.requests import ClientDisconnect, Request

from metanet_tf.server.request_error import RequestError, bad_request


class RequestLimiter:
    """Limits concurrent requests; replies 503 beyond the limit.

    Args:
        max_requests: answered at the same time, >= 1.
    """

    def __init__(self, max_requests: int) -> None:
        self._max_requests = self._free = max_requests

    @contextlib.contextmanager
    def admitted(self) -> Iterator[None]:
        """Counts a request while it is answered.

        Raises:
            RequestError: if as many as may be are being answered.
        """
        if not self._free:
            raise _busy(f"{self._max_requests} requests are being answered.")
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class BodyReader:
    """Reads what clients send; a client takes room only for bytes that are there.

    Args:
        max_bytes: of one body.
        max_total: bytes of all bodies together.
        seconds: time for a body to arrive.
        remedy: for a body that is too large: a sentence.
    """

    def __init__(
        self, *, max_bytes: int, max_total: int, seconds: float, remedy: str
    ) -> None:
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._remedy = remedy
        self._free = max_total

    @contextlib.asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """Yields the body of `request` and gives its room back afterwards.

        Raises:
            RequestError: if it is too large, arrives too slowly or breaks off, or if
                all bodies together are too large.
        """
        body = bytearray()
        try:
            await self._receive(request, body)
            yield bytes(body)
        finally:
            self._free += len(body)

    async def _receive(self, request: Request, body: bytearray) -> None:
        self._check_size(int(request.headers.get("Content-Length", 0)))
        try:
            with anyio.fail_after(self._seconds):
                async for chunk in request.stream():
                    self._check_size(len(body) + len(chunk))
                    self._take(len(chunk))
                    body += chunk
        except TimeoutError as error:
            raise RequestError(
                HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time."
            ) from error
        except ClientDisconnect as error:
            raise bad_request("The client went away.") from error

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A request must have at most {self._max_bytes} bytes. Received: more. "
                f"{self._remedy}",
            )

    def _take(self, size: int) -> None:
        if size > self._free:
            raise _busy("The requests that arrive fill the memory that is for them.")
        self._free -= size


def _busy(reason: str) -> RequestError:
    return RequestError(HTTPStatus.SERVICE_UNAVAILABLE, f"{reason} Try again.")
