"""The processes: one that listens and watches, and workers that answer."""

import os
import socket
import tempfile
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from metanet_tf.config import ServeConfig
from metanet_tf.server.connections import Protocol
from metanet_tf.server.metrics import FOLDER_VARIABLE

# Importing TensorFlow may keep a worker from answering for some time.
_SILENCE_SECONDS = 60
_GRACE_SECONDS = 5


def run_workers(
    make_app: Callable[[], Any], config: ServeConfig, listener: socket.socket
) -> None:
    """Serves until SIGTERM or SIGINT; requests are finished first.

    A worker that dies is replaced.

    Args:
        make_app: makes the ASGI application in each worker; can be pickled.
        config: how many workers, and how long a request may take.
        listener: the socket that all workers share.
    """
    settings = uvicorn.Config(
        make_app,
        factory=True,
        workers=config.workers,
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=int(config.timeout_seconds) + _GRACE_SECONDS,
        timeout_worker_healthcheck=_SILENCE_SECONDS,
    )
    with tempfile.TemporaryDirectory(prefix="metanet-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        Multiprocess(settings, sockets=[listener]).run()
