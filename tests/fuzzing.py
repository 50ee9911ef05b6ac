"""Feeds drawn bytes to what reads bytes of others, guided by the code they reach.

    python -m tests.fuzzing pictures -max_total_time=60 -rss_limit_mb=2048

The arguments after the target are libFuzzer's. Anything else than an answer or the
error that a reader promises ends it with that input.
"""

import contextlib
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from gzip import compress

import atheris

from metanet_tf.commands.command import quiet_import

with (
    quiet_import(),
    atheris.instrument_imports(
        include=["metanet_tf", "PIL"], enable_loader_override=False
    ),
):
    from metanet_tf.data.pictures import PictureError, read_pixels
    from metanet_tf.server.content_encoding import decode_body
    from metanet_tf.server.predict_json import read_request
    from metanet_tf.server.request_error import RequestError
    from metanet_tf.training.run_folder import RunFolder
    from metanet_tf.utils.errors import InputError

from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from tests.picture_files import GRAPH_FILES
from tests.server.predict_json_test import SIGNATURES

FOLDER = RunFolder(tempfile.mkdtemp())
BODIES = (b'{"instances": [1, 2]}', b'{"inputs": {"a": [1], "b": [[1, 2]]}}')


def pictures(content: bytes) -> None:
    with contextlib.suppress(PictureError):
        read_pixels(content, max_pixels=10_000)


def bodies(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        read_request(content, SIGNATURES)


def gzip(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        decode_body(content, "gzip", 10_000)


def flags(content: bytes) -> None:
    FOLDER.flags_file.write_bytes(content)
    with contextlib.suppress(InputError):
        FOLDER.read_config()


def results(content: bytes) -> None:
    FOLDER.results_file.write_bytes(content)
    with contextlib.suppress(InputError):
        FOLDER.read(FOLDER.results_file)


TARGETS: dict[str, Callable[[bytes], None]] = {
    reader.__name__: reader for reader in (pictures, bodies, gzip, flags, results)
}


def _beginnings(target: str) -> Iterator[bytes]:
    """Good inputs, which the drawn ones are made of."""
    if target == "pictures":
        yield from (file.content for file in GRAPH_FILES.values())
    elif target == "bodies":
        yield from BODIES
    elif target == "gzip":
        yield from map(compress, BODIES)
    else:
        parts = DataConfig(), EpisodeConfig(), ModelConfig(), TrainingConfig()
        FOLDER.prepare(RunConfig(*parts), {})
        FOLDER.write(FOLDER.results_file, {"accuracy": 0.5})
        yield FOLDER.flags_file.read_bytes()
        yield FOLDER.results_file.read_bytes()


def main() -> None:
    target = sys.argv[1]
    with tempfile.TemporaryDirectory() as corpus:
        for index, content in enumerate(_beginnings(target)):
            pathlib.Path(corpus, str(index)).write_bytes(content)
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
