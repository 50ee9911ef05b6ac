"""One server, asked by many."""

import base64
import concurrent.futures
import contextlib
import gzip
import http.client
import json
import random
import re
import socket
import struct
import time
import zlib

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

CLIENTS = 6
ROUNDS = 3
ORIGIN = "https://page.example"
LIMITS = {
    "grpc_port": 0,
    "cors_origin": "https://a.example,https://Page.Example/",
    "max_body_mib": 0.25,
    "max_pictures": 8,
    "max_megapixels": 1,
    "max_in_flight": CLIENTS,
    "threads": CLIENTS,
    "timeout_seconds": 3,
}


@pytest.fixture(scope="module")
def server(model_dir, run_server):
    with run_server(model_dir, **LIMITS) as running:
        yield running


def _instances(*files):
    return {"instances": [{"b64": base64.b64encode(file).decode()} for file in files]}


def _png(width, height, pixels=b""):
    """A PNG file that says it has so many pixels of 1 bit."""

    def chunk(name, content):
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.fixture(scope="module")
def bombs(picture_file):
    """Files, small as such, of pictures with hundreds of megapixels or more."""
    jpeg = bytearray(picture_file(0.5, "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 65500, 65500)
    webp = bytearray(picture_file(0.5, "WEBP"))
    at = webp.index(b"\x9d\x01\x2a") + 3
    webp[at : at + 4] = struct.pack("<HH", 16383, 16383)
    bmp = bytearray(picture_file(0.5, "BMP"))
    bmp[18:26] = struct.pack("<ii", 50_000, 50_000)
    side = 20_000
    whole_png = _png(side, side, bytes(side * (1 + side // 8)))
    return [whole_png, _png(50_000, 50_000), bytes(jpeg), bytes(webp), bytes(bmp)]


@pytest.fixture(scope="module")
def bad_bodies(picture_file, bombs):
    """Pairs of a body and the status it must get."""
    formats = ["PNG", "JPEG", "WEBP", "BMP"]
    whole = [picture_file(0.5, format, size=16) for format in formats]
    truncated = [file[: len(file) * 2 // 3] for file in whole]
    heads = [file[:16] for file in whole]
    good = _instances(whole[0])["instances"][0]
    refused = [
        *map(_instances, [*truncated, *heads, b"", b"no picture"]),
        {"instances": []},
        {"instances": [1.5]},
        {"instances": [None]},
        {"instances": [[good], [good, good]]},
        {"instances": [[good]]},
        {"instances": [{"b64": "!"}]},
        {"instances": [{"image": good}]},
        {"instances": [good], "inputs": [good]},
        {"instances": [good], "signature_name": "none"},
        {"inputs": {}},
        {"instances": ["\ud800"]},
        {"instances": [1e300], "signature_name": "wait"},
        {},
        [],
    ]
    too_large = [
        *map(_instances, bombs),
        _instances(*[picture_file(0.5, size=500)] * 5),
        {"instances": [good] * 9},
    ]
    return [
        *((json.dumps(content).encode(), 400) for content in refused),
        *((json.dumps(content).encode(), 413) for content in too_large),
        *((body, 400) for body in [b"", b"{", b"\xff\xfe\xff", b"[" * 50_000]),
        (b" " * 300_000, 413),
    ]


def test_good_requests_are_answered_rightly_between_bad_ones(
    server, picture_file, bad_bodies
):
    def client(seed):
        draw = random.Random(seed)
        for body, status in draw.sample(bad_bodies, len(bad_bodies)):
            answered, answer = server.predict(body)
            assert (answered, list(answer)) == (status, ["error"]), body[:200]
            brightness = [draw.random() for _ in range(draw.randint(1, 5))]
            format = draw.choice(["PNG", "BMP"])  # Without loss.
            files = [picture_file(value, format) for value in brightness]
            answered, answer = server.classify(*files)
            assert answered == 200
            for value, prediction in zip(
                brightness, answer["predictions"], strict=True
            ):
                shown = round(255 * value) / 255
                assert prediction["class"] == ("light" if shown > 0.5 else "dark")
                expected = max(shown, 1 - shown)
                assert prediction["probability"] == pytest.approx(expected, abs=1e-5)

    workers = server.workers()
    memory = []
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for first in range(0, CLIENTS * ROUNDS, CLIENTS):
            list(pool.map(client, range(first, first + CLIENTS)))
            memory.append(server.memory_mib())
    assert server.workers() == workers, "A worker died and was replaced."
    assert "Traceback" not in server.log()
    assert memory[-1] < memory[0] + 50, memory
    assert server.metric('metanet_requests_total{status="500"}') == 0
    good = CLIENTS * ROUNDS * len(bad_bodies)
    assert server.metric('metanet_requests_total{status="200"}') >= good
    assert server.metric("metanet_request_seconds_count") >= 2 * good


def test_every_format_is_read(server, picture_file):
    files = [picture_file(0.9, format) for format in ("PNG", "JPEG", "WEBP", "BMP")]
    status, answer = server.classify(*files)
    assert status == 200
    assert [row["class"] for row in answer["predictions"]] == ["light"] * 4


def test_columns_are_answered_by_columns(server, picture_file):
    values = _instances(picture_file(0.0), picture_file(1.0))["instances"]
    expected = {"class": ["dark", "light"], "probability": [1.0, 1.0]}
    for inputs in values, {"pictures": values}:
        assert server.predict({"inputs": inputs}) == (200, {"outputs": expected})


def test_names_are_left_out_where_there_is_one_output(server):
    by_row = {"signature_name": "wait", "instances": [0]}
    assert server.predict(by_row) == (200, {"predictions": [0.0]})
    by_column = {"signature_name": "wait", "inputs": {"seconds": [0.0, 0.1]}}
    assert server.predict(by_column) == (200, {"outputs": [0.0, 0.1]})


@pytest.mark.parametrize("path", ["versions/1", "labels/stable"])
def test_version_may_be_named(server, picture_file, path):
    body = _instances(picture_file(1.0))
    status, answer = server.ask(f"/v1/models/tiny/{path}:predict", body)
    assert (status, answer["predictions"][0]["class"]) == (200, "light")


@pytest.mark.parametrize("path", ["", "/versions/1", "/labels/stable"])
def test_status_is_that_of_tensorflow_serving(server, path):
    status = {"error_code": "OK", "error_message": ""}
    version = {"version": "1", "state": "AVAILABLE", "status": status}
    expected = (200, {"model_version_status": [version]})
    assert server.ask(f"/v1/models/tiny{path}") == expected


@pytest.mark.parametrize("path", ["", "/versions/1", "/labels/stable"])
def test_metadata_are_those_of_tensorflow_serving(server, path):
    status, answer = server.ask(f"/v1/models/tiny{path}/metadata")
    assert status == 200
    spec = {"name": "tiny", "signature_name": "", "version": "1"}
    assert answer["model_spec"] == spec
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"] == {
        "pictures": {
            "name": "serving_default_pictures:0",
            "dtype": "DT_STRING",
            "tensor_shape": {
                "dim": [{"size": "-1", "name": ""}],
                "unknown_rank": False,
            },
        }
    }
    assert signature["outputs"]["probability"]["dtype"] == "DT_FLOAT"


@pytest.mark.parametrize(
    ("path", "content", "status", "message"),
    [
        ("/v1/models/other", None, 404, r"Latest\(other\)"),
        ("/v1/models/tiny/versions/2", None, 404, r"Specific\(tiny, 2\)"),
        ("/v1/models/other:predict", {}, 404, r"Latest\(other\)"),
        ("/v1/models/tiny/versions/2/metadata", None, 404, r"Specific\(tiny, 2\)"),
        ("/v1/models/tiny/labels/canary", None, 404, r"Specific\(tiny, canary\)"),
        ("/v1/models/tiny:classify", {}, 400, ":predict, which runs every"),
        ("/v1/models/tiny/versions/1:regress", {}, 400, "not supported"),
        ("/v1/models", None, 400, "Malformed request: GET /v1/models"),
        ("/v1/models/tiny", {}, 400, "Malformed request: POST /v1/models/tiny"),
        ("/other", None, 404, "Malformed request: GET /other"),
        ("/", None, 404, r"The model is at /v1/models/tiny, .*:predict\.$"),
    ],
)
def test_unknown_path_is_an_error_in_json(server, path, content, status, message):
    answered, answer = server.ask(path, content)
    assert answered == status
    assert re.search(message, answer["error"])


def test_model_that_takes_too_long_is_stopped(server):
    begin = time.monotonic()
    status, answer = server.predict({"signature_name": "wait", "inputs": [1000.0]})
    assert (status, "in time" in answer["error"]) == (504, True)
    assert 2.9 < time.monotonic() - begin < 20
    assert server.predict({"signature_name": "wait", "inputs": [0.0]})[0] == 200


def test_requests_that_are_computed_take_places(server):
    in_flight = "metanet_requests_in_flight"
    wait = {"signature_name": "wait", "inputs": [1.5]}
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        waiting = [pool.submit(server.predict, wait) for _ in range(CLIENTS)]
        server.wait_until(lambda: server.metric(in_flight) == CLIENTS)
        answer, body = server.answer("/v1/models/tiny:predict", b"{}")
        assert (answer.status, answer.getheader("Retry-After")) == (503, "1")
        assert "Try again" in json.loads(body)["error"]
        assert server.ask("/healthz") == (200, "alive\n")
        assert {answer.result()[0] for answer in waiting} <= {200, 504}


def test_requests_that_arrive_take_no_places(server, picture_file):
    clients = [_begin_request(server) for _ in range(3 * CLIENTS)]
    in_flight = "metanet_requests_in_flight"
    server.wait_until(lambda: server.metric(in_flight) == len(clients))
    assert server.classify(picture_file(1.0))[0] == 200

    gone, silent, *others = clients
    for client in others:
        client.sendall(b"}")
        assert client.recv(1000).startswith(b"HTTP/1.1 400")
    gone.close()
    assert silent.recv(1000).startswith(b"HTTP/1.1 408")
    server.wait_until(lambda: server.metric(in_flight) == 0)
    assert server.metric('metanet_requests_total{status="500"}') == 0


def test_requests_that_arrive_have_a_bound_together(server, picture_file):
    size = int(LIMITS["max_body_mib"] * 2**20)
    clients = [_begin_request(server, size, size - 1) for _ in range(2 * CLIENTS)]
    answers = [client.recv(1000)[:12] for client in clients]
    assert set(answers) == {b"HTTP/1.1 408", b"HTTP/1.1 503"}
    assert server.classify(picture_file(1.0))[0] == 200


@pytest.mark.parametrize("told", [True, False])
def test_body_that_is_too_large_is_refused_and_not_reset(server, told):
    body = bytes(8 * 2**20)
    headers = {"Connection": "close"}
    for _ in range(5):
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with contextlib.closing(client):
            path = "/v1/models/tiny:predict"
            client.request("POST", path, body if told else iter([body]), headers)
            answer = client.getresponse()
            assert (answer.status, b"at most" in answer.read()) == (413, True)


def _begin_request(server, size=2, sent=1):
    """Sends a request's head, and of its body of so many bytes the first."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    lines = (
        "POST /v1/models/tiny:predict HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Length: {size}",
        "",
        "{" * sent,
    )
    client.sendall("\r\n".join(lines).encode())
    return client


def test_request_may_be_compressed(server, picture_file):
    body = json.dumps(_instances(picture_file(1.0))).encode()
    gzipped = {"Content-Encoding": "gzip"}
    path = "/v1/models/tiny:predict"
    answer, _ = server.answer(path, gzip.compress(body), headers=gzipped)
    assert answer.status == 200
    bomb = gzip.compress(bytes(100 * 2**20))
    answer, text = server.answer(path, bomb, headers=gzipped)
    assert (answer.status, b"unpacked" in text) == (413, True)


def test_pages_of_the_origins_that_are_named_may_ask(server):
    for origin, allowed in [(ORIGIN, ORIGIN), ("https://other.example", None)]:
        answer, _ = server.answer("/v1/models/tiny", headers={"Origin": origin})
        assert answer.getheader("Access-Control-Allow-Origin") == allowed


def test_pages_of_other_places_and_names_are_refused(server):
    for headers in {"Origin": "https://other.example"}, {"Host": "other.example"}:
        answer, _ = server.answer("/v1/models/tiny:predict", b"{}", headers=headers)
        assert answer.status == 403


def test_metrics_are_where_tensorflow_serving_has_them(server):
    assert server.ask("/monitoring/prometheus/metrics")[0] == 200


def test_grpc_answers_beside(server, picture_file):
    request = PredictRequest()
    request.model_spec.name = "tiny"
    request.inputs["pictures"].CopyFrom(tf.make_tensor_proto([picture_file(1.0)]))
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        answer = PredictionServiceStub(channel).Predict(request, timeout=60)
    assert answer.outputs["class"].string_val == [b"light"]


def test_metrics_tell_the_version(server):
    assert server.metric("metanet_model_version") == 1
