"""How much is taken in at a time, which bounds memory."""

import contextlib
from collections.abc import Iterator
from http import HTTPStatus

import anyio
from starlette.requests import ClientDisconnect, Request

from metanet_tf.server.request_error import RequestError, bad_request


class Places:
    """So many requests may be there at once; others are told to come again.

    Args:
        number: of places, >= 1.
    """

    def __init__(self, number: int) -> None:
        self._number = self._free = number

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Takes a place.

        Raises:
            RequestError: if there is none.
        """
        if not self._free:
            raise RequestError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._number} requests are being answered. Try again.",
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
