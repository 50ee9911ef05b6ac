"""Connections of clients that are slow, silent, or send more than is read."""

import asyncio
import contextlib
import http.client
import socket
import threading
import time

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from metanet_tf.server.connections import Draining, Protocol

REFUSAL = PlainTextResponse("refused", status_code=403)


@pytest.fixture(scope="module")
def port():
    """Port of a server that refuses every request without reading it."""
    settings = uvicorn.Config(
        Draining(REFUSAL), http=Protocol, ws="none", log_level="error"
    )
    server = uvicorn.Server(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Protocol, "HEADER_SECONDS", 0.5)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, args=[[listener]])
            thread.start()
            yield listener.getsockname()[1]
            server.should_exit = True
            thread.join()


@pytest.fixture
def connect(port):
    """Function: a connection to the server."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(
            socket.create_connection(("127.0.0.1", port), timeout=30)
        )


@pytest.mark.parametrize("closing", [{}, {"Connection": "close"}])
def test_client_that_sends_all_before_it_listens_is_answered(port, closing):
    for _ in range(5):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(client):
            client.request("POST", "/", bytes(8 * 2**20), closing)
            assert client.getresponse().read() == b"refused"


def test_client_that_asks_before_it_sends_is_answered_at_once(connect):
    client = connect()
    client.sendall(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    answer = client.makefile("rb").read()  # To its end: the connection is closed.
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"connection: close" in answer.lower()


def test_client_that_stops_within_its_request_is_answered(connect):
    client = connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234")
    assert client.makefile("rb").read().startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("start", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_connection_without_whole_headers_is_closed(connect, start):
    client = connect()
    client.sendall(start)
    assert client.recv(1000) == b""


def test_connection_with_a_trickle_of_headers_is_closed(connect):
    client = connect()
    end = time.monotonic() + 20
    with pytest.raises(ConnectionError):
        while time.monotonic() < end:
            client.sendall(b"G")
            time.sleep(0.1)


def test_second_request_of_a_connection_must_have_whole_headers_too(connect):
    client = connect()
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = b""
    while not answer.endswith(b"refused"):
        answer += client.recv(1000)
    begin = time.monotonic()
    client.sendall(b"GET")
    assert client.recv(1000) == b""
    assert time.monotonic() - begin < 4  # uvicorn waits for 5 s between requests.


@pytest.mark.parametrize("limit", [{"max_bytes": 1000}, {"seconds": 0.2}])
def test_endless_request_is_answered_and_closed(limit):
    sent = []

    async def receive():
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": []}
    begin = time.monotonic()
    asyncio.run(Draining(REFUSAL, **limit)(scope, receive, send))
    assert time.monotonic() - begin < 5
    assert (b"connection", b"close") in sent[0]["headers"]
    assert sent[1]["body"] == b"refused"
