import asyncio

import pytest
from starlette.responses import PlainTextResponse

from metanet_tf.server.access import Access, Guard, read_names, read_origins

OWN = "127.0.0.1:8080"


def _ask(access, host=OWN, path="/", query="", **headers):
    """Status and headers of the answer to a request."""
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    headers = [
        (name.lower().encode(), value.encode())
        for name, value in {"host": host, **headers}.items()
    ]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
    }
    guard = Guard(PlainTextResponse("answer"), access, ("/healthz",))
    asyncio.run(guard(scope, receive, send))
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}


def _status(*args, **options):
    return _ask(*args, **options)[0]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:8080", 200),
        ("page.example:8080", 403),
        ("127.0.0.1.page.example", 403),
        ("localhost@page.example", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_name_that_points_here_is_refused(host, status):
    assert _status(Access(), host) == status
    assert _status(Access("0.0.0.0"), host) == 200


def test_names_that_are_allowed_are_taken():
    access = Access(names=("page.example",))
    assert _status(access, "page.example") == 200
    assert _status(access, origin="https://page.example") == 200
    assert _status(access, origin="https://other.example") == 403


def test_names_and_origins_may_be_written_otherwise_than_browsers_do():
    origins = read_origins("https://Page.Example/, HTTP://a.example:3000")
    access = Access(names=read_names("My-Laptop.Local"), origins=origins)
    assert _status(access, "my-laptop.local") == 200
    assert _status(access, "My-Laptop.Local") == 200
    for origin in "https://page.example", "http://a.example:3000":
        assert _status(access, origin=origin) == 200
    assert read_origins("*") == ("*",)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8080", 200),
        ("http://127.0.0.1:3000", 403),
        ("https://page.example", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
    ],
)
def test_pages_of_other_places_are_refused(host, origin, status):
    assert _status(Access(host), origin=origin) == status


@pytest.mark.parametrize("origins", [("*",), ("https://page.example",)])
def test_origins_that_are_allowed_are_taken(origins):
    access = Access(origins=origins)
    assert _status(access, origin="https://page.example") == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer secret"}, 200),
        ({"authorization": "bearer secret"}, 200),
        ({"authorization": "Basic secret"}, 401),
        ({"authorization": "Bearer secre"}, 401),
        ({"cookie": "metanet_token=secret"}, 200),
        ({"cookie": "metanet_token=other"}, 401),
    ],
)
def test_token_must_be_brought(headers, status):
    access = Access("0.0.0.0", token="secret")
    assert _status(access, **headers) == status
    assert _status(access, path="/healthz", **headers) == 200


def test_browser_gets_a_cookie_for_a_token_in_the_address():
    access = Access("0.0.0.0", token="secret")
    assert _status(access, query="token=other") == 401
    status, headers = _ask(access, query="token=secret")
    assert (status, headers["location"]) == (303, "/")
    assert "HttpOnly" in headers["set-cookie"]
    cookie = headers["set-cookie"].partition(";")[0]
    assert _status(access, cookie=cookie) == 200
