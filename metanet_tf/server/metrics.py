"""Metrics for Prometheus, added up over the worker processes.

Each worker keeps its numbers in files of a folder that all share, as
`prometheus_client` has it for several processes. Those of a worker that has died
stay, but for what only holds while it lives.
"""

import contextlib
import os
import pathlib
from collections.abc import Iterator
from http import HTTPStatus

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# prometheus_client looks there when it is imported: it must be set before.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

MODEL_VERSION = Gauge(
    "metanet_model_version",
    "Version served; the smallest, where workers differ; 0: none yet.",
    multiprocess_mode="livemin",
)
_REQUESTS = Counter(
    "metanet_requests",
    "Predict requests by HTTP status, of gRPC by the like.",
    ["status"],
)
_SECONDS = Histogram("metanet_request_seconds", "Time to answer a predict request.")
_IN_FLIGHT = Gauge(
    "metanet_requests_in_flight",
    "Predict requests that are being answered.",
    multiprocess_mode="livesum",
)


class Outcome:
    """A request's HTTP status, once it is known; 500 if the server fails before."""

    status: int = HTTPStatus.INTERNAL_SERVER_ERROR


@contextlib.contextmanager
def measured() -> Iterator[Outcome]:
    """Counts and times a request; its status is to be noted."""
    outcome = Outcome()
    with _IN_FLIGHT.track_inprogress(), _SECONDS.time():
        try:
            yield outcome
        finally:
            _REQUESTS.labels(int(outcome.status)).inc()


class Measured:
    """Counts and times what passes through `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with measured() as outcome:

            async def send_and_note(message: Message) -> None:
                outcome.status = message.get("status", outcome.status)
                await send(message)

            await self._app(scope, receive, send_and_note)


def exposition() -> bytes:
    """The numbers of all workers, in Prometheus's text format."""
    _forget_dead_workers()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


def _forget_dead_workers() -> None:
    for file in pathlib.Path(os.environ[FOLDER_VARIABLE]).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _is_alive(pid):
            multiprocess.mark_process_dead(pid)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
