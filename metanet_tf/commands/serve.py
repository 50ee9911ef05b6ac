"""Serves a SavedModel over HTTP, with TensorFlow Serving's paths and JSON, and gRPC.

    serve --model=models/metanet --name=metanet --port=8501

models/metanet/ holds the versions of a model in folders 1, 2, ..., as bin/export
writes them; the newest is served, and one that is added later taken up once it is
warm. Then

    POST /v1/models/metanet:predict    {"instances": [{"b64": "..."}]}
    GET /v1/models/metanet, /v1/models/metanet/metadata, /healthz, /readyz, /metrics

--grpc_port=8500 answers TensorFlow Serving's gRPC there, too: Predict and
GetModelMetadata.

^C or SIGTERM stops the server once it has answered what it was asked.

Flags:
"""

import contextlib
import dataclasses
import functools
import logging
from collections.abc import Iterator
from typing import Any

from metanet_tf.commands import command
from metanet_tf.config import ServeConfig
from metanet_tf.model_source import EXPORTS, find_model
from metanet_tf.server.listening import address, check_token, listen, reserve
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import from_flags


def main() -> None:
    """Entry point of `bin/serve` and `metanet-serve`."""
    command.run(lambda: serve(from_flags(ServeConfig)), [ServeConfig], __doc__)


def serve(config: ServeConfig) -> None:
    """Serves `config.model` until SIGTERM or SIGINT.

    Raises:
        InputError: if there is no model, the port is taken, or the packages of a
            server are not installed.
    """
    _check(config)
    check_token(config.host, config.token)
    with command.extra("serve"):
        from metanet_tf.server.workers import run_workers
    with listen(config.host, config.port) as listener, _grpc_port(config) as config:
        url = f"{address(listener)}/v1/models/{config.name}"
        print(f"Serving {config.model} at {url}; ^C stops.", flush=True)
        run_workers(functools.partial(_make_app, config), config, listener)


@contextlib.contextmanager
def _grpc_port(config: ServeConfig) -> Iterator[ServeConfig]:
    """Keeps the port for gRPC, if one is wanted; yields settings with its number."""
    if config.grpc_port is None:
        yield config
        return
    with reserve(config.host, config.grpc_port) as holder:
        print(f"gRPC at {address(holder).removeprefix('http://')}.", flush=True)
        yield dataclasses.replace(config, grpc_port=holder.getsockname()[1])


def _make_app(config: ServeConfig) -> Any:
    # In the workers alone: the process that watches them needs no TensorFlow.
    with command.quiet_import():
        from metanet_tf.server.app import make_app
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # It deplores sessions.
    return make_app(config)


def _check(config: ServeConfig) -> None:
    if not config.name or set(config.name) & set("/:"):
        raise InputError(
            "`name` must be at least one character, and neither / nor :. Received: "
            f"{config.name!r}. Change --name."
        )
    remedy = (
        "Export it first: bin/export "
        f"--model={config.model} --support_dir=my_classes --export_dir=models/mine; "
        "then give --model=models/mine."
    )
    find_model(config.model, EXPORTS, remedy=remedy)
