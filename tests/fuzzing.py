"""Feeds drawn bytes to what reads bytes of others, guided by the code they reach.

    python -m tests.fuzzing pictures -max_total_time=60 -rss_limit_mb=2048

The arguments after the target are libFuzzer's. Anything else than an answer or the
error that a reader promises ends it with that input. `benchmarks/fuzzing.py` runs all.
"""

import contextlib
import functools
import io
import json
import pathlib
import sys
import tempfile
import zipfile
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
    import tensorflow as tf

    from metanet_tf.data.pictures import PictureError, read_pixels
    from metanet_tf.demo.downloads import zip_examples
    from metanet_tf.demo.support_set import read_drawing, read_support_set
    from metanet_tf.pretrained import model_folder
    from metanet_tf.saved_model.decoding import decode_picture
    from metanet_tf.server.content_encoding import decode_body
    from metanet_tf.server.pictures import check_pictures
    from metanet_tf.server.predict_json import read_request
    from metanet_tf.server.predict_message import PredictRequest, parse
    from metanet_tf.server.predict_message import read_request as read_message
    from metanet_tf.server.request_error import RequestError
    from metanet_tf.training.run_folder import RunFolder
    from metanet_tf.utils.checksums import write_sums
    from metanet_tf.utils.errors import InputError
    from metanet_tf.utils.files import parse_json

from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from tests.drawn_inputs import ARRAY_SIGNATURES, drawn_inputs, tiny_saved_model
from tests.picture_files import FILES, GRAPH_FILES
from tests.server.predict_json_test import SIGNATURES

LIMIT = 10_000  # Pixels or bytes.
FOLDER = RunFolder(tempfile.mkdtemp())
PRESET = pathlib.Path(tempfile.mkdtemp())
(PRESET / "model.weights.h5").touch()
BODIES = (b'{"instances": [1, 2]}', b'{"inputs": {"a": [1], "b": [[1, 2]]}}')
CARDS = {
    "classes": [
        {"name": "star", "examples": [{"strokes": [[1, 2, 3, 4]]}]},
        {"name": "ä", "examples": [{"picture": "iVBORw0KGgo="}]},
    ],
    "drawing": {"strokes": [[100, 100, 900, 900], [5, 5]]},
}


def pictures(content: bytes) -> None:
    with contextlib.suppress(PictureError):
        read_pixels(content, max_pixels=LIMIT)


def pictures_in_graph(content: bytes) -> None:
    with contextlib.suppress(tf.errors.InvalidArgumentError):
        _decoder()(content)


def bodies(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        read_request(content, SIGNATURES)


def messages(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        read_message(parse(PredictRequest, content), SIGNATURES, LIMIT)


def gzip(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        decode_body(content, "gzip", LIMIT)


def page(content: bytes) -> None:
    """Parameters that the page sends, and the zip file that it gets."""
    try:
        sent = parse_json(content)
        support_set, _ = read_support_set(sent), read_drawing(sent)
    except (InputError, ValueError):
        return
    with zipfile.ZipFile(io.BytesIO(zip_examples(support_set))) as archive:
        for name in archive.namelist():
            place = pathlib.PurePosixPath(name)
            if place.parts[0] != "my_classes" or ".." in place.parts:
                raise RuntimeError(f"The zip file would write to {name}.")


def flags(content: bytes) -> None:
    FOLDER.flags_file.write_bytes(content)
    with contextlib.suppress(InputError):
        FOLDER.read_config()


def results(content: bytes) -> None:
    FOLDER.results_file.write_bytes(content)
    with contextlib.suppress(InputError):
        FOLDER.read(FOLDER.results_file)


def models(content: bytes) -> None:
    """Settings of a model folder whose checksums are those of the drawn file."""
    (PRESET / "model.json").write_bytes(content)
    (PRESET / "SHA256SUMS").unlink(missing_ok=True)
    write_sums(PRESET)
    with contextlib.suppress(InputError):
        model_folder.read_pretrained(PRESET)


def _make_no_model(config: RunConfig) -> None:
    raise ValueError("Settings are read. A model of any size may be slow to make.")


model_folder.make_model = _make_no_model


def signatures(content: bytes) -> None:
    provider = atheris.FuzzedDataProvider(content)
    name = ARRAY_SIGNATURES[provider.ConsumeIntInRange(0, len(ARRAY_SIGNATURES) - 1)]
    model = _model()
    signature = model.signatures[name]
    inputs = drawn_inputs(
        signature,
        whole=provider.ConsumeIntInRange,
        numbers=provider.ConsumeFloatListInRange,
        content=lambda: provider.ConsumeBytes(provider.ConsumeIntInRange(0, 400)),
    )
    with contextlib.suppress(RequestError):
        check_pictures(inputs, max_pictures=64, max_megapixels=0.01)
        model.run(signature, inputs, 10.0)


@functools.cache
def _decoder() -> Callable[[bytes], tf.Tensor]:
    return tf.function(
        lambda content: decode_picture(content, LIMIT),
        input_signature=[tf.TensorSpec([], tf.string)],
    )


@functools.cache
def _model():
    return tiny_saved_model(pathlib.Path(tempfile.mkdtemp()))


TARGETS: dict[str, Callable[[bytes], None]] = {
    reader.__name__: reader
    for reader in (
        *(pictures, pictures_in_graph, bodies, messages, gzip, page),
        *(flags, results, models, signatures),
    )
}


def _beginnings(target: str) -> Iterator[bytes]:
    """Good inputs, which the drawn ones are made of."""
    if target == "pictures":
        yield from (file.content for file in FILES.values())
    elif target in ("pictures_in_graph", "signatures"):
        yield from (file.content for file in GRAPH_FILES.values())
    elif target == "bodies":
        yield from BODIES
    elif target == "gzip":
        yield from map(compress, BODIES)
    elif target == "page":
        yield json.dumps(CARDS).encode()
    elif target == "messages":
        yield from _messages()
    elif target == "models":
        settings = model_folder.settings_without_paths(_config())
        content = {"format": 1, "config": settings, "rejections": []}
        yield json.dumps(content).encode()
    else:
        FOLDER.prepare(_config(), {})
        FOLDER.write(FOLDER.results_file, {"accuracy": 0.5})
        yield FOLDER.flags_file.read_bytes()
        yield FOLDER.results_file.read_bytes()


def _config() -> RunConfig:
    return RunConfig(DataConfig(), EpisodeConfig(), ModelConfig(), TrainingConfig())


def _messages() -> Iterator[bytes]:
    for inputs in {"x": [1, 2]}, {"a": [1], "b": [[1.0, 2.0]]}:
        message = PredictRequest()
        message.model_spec.signature_name = "two" if len(inputs) > 1 else ""
        for name, values in inputs.items():
            message.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        yield message.SerializeToString()


def main() -> None:
    target = sys.argv[1]
    with tempfile.TemporaryDirectory() as corpus:
        for index, content in enumerate(_beginnings(target)):
            pathlib.Path(corpus, str(index)).write_bytes(content)
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
