"""Rules of access: against pages of other places, and for those with a token."""

import secrets
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from metanet_tf.server.listening import is_loopback
from metanet_tf.utils.flag_settings import read_words

_OWN_NAMES = ("localhost", "127.0.0.1", "::1")
_COOKIE = "metanet_token"


class Access(NamedTuple):
    """Rules of access.

    Attributes:
        host: address that the server listens at.
        names: further names that it is reached by, as behind a proxy; see
            `read_names`.
        origins: whose pages may ask beside its own, see `read_origins`; "*": all.
        token: what a request must bring; empty: nothing.
    """

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    token: str = ""


LOOPBACK = Access()


def read_names(text: str) -> tuple[str, ...]:
    """Reads host names, separated by commas; in lower case, as browsers send them."""
    return read_words(text.lower())


def read_origins(text: str) -> tuple[str, ...]:
    """Reads origins, separated by commas, and writes them as browsers do."""
    return tuple(origin.rstrip("/") for origin in read_words(text.lower()))


class Guard:
    """Refuses requests that break the rules.

    A page of another place makes its reader's browser send requests too. Its Origin
    tells it. If it lets its own name point at this machine (DNS rebinding), Host
    tells it: a server that this machine alone reaches has no such name.

    A token is brought as `Authorization: Bearer TOKEN`. A browser brings ?token=TOKEN
    once, and gets a cookie.

    Args:
        app: answers the other requests.
        access: the rules.
        open_paths: that need no token.
    """

    def __init__(
        self, app: ASGIApp, access: Access, open_paths: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._access = access
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "http":
            answer = self._instead(Request(scope)) or answer
        await answer(scope, receive, send)

    def _instead(self, request: Request) -> Response | None:
        """An answer that is not the app's; None if there is none."""
        if not self._has_own_host(request):
            host = request.headers.get("Host", "")
            return _refusal(
                f"`Host` must be the server's name. Received: {host[:100]}. Ask for "
                f"127.0.0.1, or start the server with that name in --allowed_hosts."
            )
        if not self._has_own_origin(request):
            return _refusal(
                "`Origin` must be the server's own, since a page of another place "
                f"could ask. Received: {request.headers['Origin'][:100]}."
            )
        return self._login(request)

    def _has_own_host(self, request: Request) -> bool:
        access = self._access
        if not is_loopback(access.host):
            return True  # It has names that it does not know.
        name = _host_name("//" + request.headers.get("Host", ""))
        return name in (*_OWN_NAMES, access.host, *access.names)

    def _has_own_origin(self, request: Request) -> bool:
        origin = request.headers.get("Origin")
        origins = self._access.origins
        return (
            origin is None
            or origin in origins
            or "*" in origins
            or origin.partition("://")[2] == request.headers.get("Host")
            or _host_name(origin) in self._access.names
        )

    def _login(self, request: Request) -> Response | None:
        path, token = request.url.path, self._access.token
        if not token or path in self._open_paths:
            return None
        if _is_same(request.query_params.get("token", ""), token):
            response = RedirectResponse(path, HTTPStatus.SEE_OTHER)
            response.set_cookie(_COOKIE, token, httponly=True, samesite="lax")
            return response
        if is_bearer(request.headers.get("Authorization", ""), token) or _is_same(
            request.cookies.get(_COOKIE, ""), token
        ):
            return None
        return JSONResponse(
            {"error": "A token must be sent: `Authorization: Bearer TOKEN`."},
            HTTPStatus.UNAUTHORIZED,
            {"WWW-Authenticate": "Bearer"},
        )


def is_bearer(header: str, token: str) -> bool:
    """True if an Authorization is `Bearer TOKEN`."""
    scheme, _, received = header.partition(" ")
    return scheme.lower() == "bearer" and _is_same(received, token)


def _is_same(text: str, token: str) -> bool:
    return secrets.compare_digest(text.encode(), token.encode())


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # No address in brackets.
        return None


def _refusal(message: str) -> Response:
    return JSONResponse({"error": message}, HTTPStatus.FORBIDDEN)
