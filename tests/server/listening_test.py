import socket

import pytest

from metanet_tf.server.listening import check_token, is_loopback, listen
from metanet_tf.utils.errors import InputError


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.2", False),
        ("machine", False),
    ],
)
def test_loopback_is_this_machine_alone(host, expected, capsys):
    assert is_loopback(host) == expected
    check_token(host, "")
    assert ("whoever reaches" in capsys.readouterr().err) != expected


def test_answers_do_not_wait_for_an_acknowledgement():
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_token_ends_the_warning(capsys):
    check_token("0.0.0.0", "a.Token_1~-")
    assert not capsys.readouterr().err


@pytest.mark.parametrize("token", ["a b", "a;b", "ä", "a\n"])
def test_token_must_fit_a_header(token):
    with pytest.raises(InputError, match="`token` must be"):
        check_token("127.0.0.1", token)
