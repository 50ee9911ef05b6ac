"""Socket and address of a server."""

import socket

from metanet_tf.utils.errors import InputError


def listen(host: str, port: int) -> socket.socket:
    """Opens a port.

    Raises:
        InputError: if that cannot be done, as when another server has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise InputError(
            f"`host` and `port` must be an address of this machine and a free port. "
            f"Received: {host}, {port} ({error}). Change --port or --host."
        ) from error


def address(listener: socket.socket) -> str:
    """The URL of what `listener` listens at."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
