"""Socket and address of a server."""

import ipaddress
import re
import socket
import sys

from metanet_tf.utils.errors import InputError


def listen(host: str, port: int) -> socket.socket:
    """Opens a port.

    Raises:
        InputError: if that cannot be done, as when another server has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise InputError(
            f"`host` and `port` must be an address of this machine and a free port. "
            f"Received: {host}, {port} ({error}). Change --port or --host."
        ) from error
    # Connections inherit it. Without it an answer's body waits until the client has
    # acknowledged its headers, which takes 40 ms; asyncio sees no TCP in this socket.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def reserve(host: str, port: int) -> socket.socket:
    """Keeps a port, at which several other processes then listen.

    Raises:
        InputError: as `listen` does.
    """
    with listen(host, port) as listener:
        place = listener.getsockname()
    holder = socket.socket(listener.family)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(place)
    return holder


def is_loopback(host: str) -> bool:
    """True if this machine alone reaches `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # A name.
        return False


def check_token(host: str, token: str) -> None:
    """Warns if others reach `host` and need no token.

    Raises:
        InputError: if a header or an address cannot hold the token.
    """
    if re.search(r"[^A-Za-z0-9._~-]", token):
        raise InputError(
            "`token` must be of letters, digits and . _ ~ -. Received: another "
            "character. Change --token."
        )
    if not token and not is_loopback(host):
        print(
            f"Warning: whoever reaches {host} can use this server. Give --token=... "
            "to let in those who know it, or --host=127.0.0.1 for this machine alone.",
            file=sys.stderr,
        )


def address(listener: socket.socket) -> str:
    """The URL of what `listener` listens at."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
