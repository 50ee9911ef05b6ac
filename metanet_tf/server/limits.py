"""Limits on requests and their bodies, which bound memory."""

import contextlib
from collections.abc import Iterator
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
            raise RequestError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._max_requests} requests are being answered. Try again.",
            )
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


async def read_body(request: Request, *, max_bytes: int, seconds: float) -> bytes:
    """Reads what a client sends.

    Raises:
        RequestError: if that is larger than `max_bytes`, takes longer than `seconds`
            or breaks off.
    """
    try:
        with anyio.fail_after(seconds):
            return await _read(request, max_bytes)
    except TimeoutError as error:
        raise RequestError(
            HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time."
        ) from error
    except ClientDisconnect as error:
        raise bad_request("The client went away.") from error


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A request must have at most {max_bytes} bytes. Send several, or "
                "start the server with a larger --max_body_mib.",
            )
    return bytes(body)
