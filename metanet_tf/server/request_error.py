"""A request that gets an error instead of an answer."""

from http import HTTPStatus


class RequestError(Exception):
    """The client is told `status` and the message, as {"error": message}."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def bad_request(message: str) -> RequestError:
    """Makes the error of a request that is itself wrong."""
    return RequestError(HTTPStatus.BAD_REQUEST, message)
