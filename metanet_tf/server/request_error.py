"""A request that gets an error instead of an answer."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class RequestError(Exception):
    """The client is told `status` and the message, as {"error": message}."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def bad_request(message: str) -> RequestError:
    """Makes the error of a request that is itself wrong."""
    return RequestError(HTTPStatus.BAD_REQUEST, message)


def answer_error(request: Request, error: Exception) -> Response:
    """Tells the client of a `RequestError`; an exception handler of Starlette."""
    if not isinstance(error, RequestError):
        raise error
    is_passing = error.status == HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": "1"} if is_passing else None
    return JSONResponse({"error": str(error)}, error.status, headers)
