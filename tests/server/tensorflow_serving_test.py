"""The same requests to TensorFlow Serving, where it is installed."""

import base64
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import time

import pytest

BINARY = "tensorflow_model_server"
pytestmark = pytest.mark.skipif(not shutil.which(BINARY), reason=f"No {BINARY}.")


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def ask_tensorflow_serving(model_dir):
    port = _free_port()
    process = subprocess.Popen(
        [
            BINARY,
            f"--rest_api_port={port}",
            f"--port={_free_port()}",
            "--model_name=tiny",
            f"--model_base_path={model_dir}",
        ]
    )

    def ask(path, content=None):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(client):
            body = None if content is None else json.dumps(content)
            client.request("GET" if body is None else "POST", path, body)
            answer = client.getresponse()
            return answer.status, json.loads(answer.read())

    try:
        _wait_for(ask)
        yield ask
    finally:
        process.kill()
        process.wait()


def _wait_for(ask):
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            if ask("/v1/models/tiny")[0] == 200:
                return
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(model_dir, run_server):
    with run_server(model_dir) as running:
        yield running


def test_both_answer_the_same(server, ask_tensorflow_serving, picture_file):
    files = [picture_file(0.1), picture_file(0.9)]
    values = [{"b64": base64.b64encode(file).decode()} for file in files]
    predict = "/v1/models/tiny:predict"
    for path, content in [
        ("/v1/models/tiny", None),
        ("/v1/models/tiny/versions/1", None),
        (predict, {"instances": values}),
        (predict, {"instances": [{"pictures": value} for value in values]}),
        (predict, {"inputs": values}),
        (predict, {"inputs": {"pictures": values}}),
        ("/v1/models/tiny/versions/1:predict", {"instances": values}),
        (predict, {"signature_name": "wait", "instances": [0.1]}),
        (predict, {"signature_name": "wait", "inputs": {"seconds": [0.1]}}),
    ]:
        assert server.ask(path, content) == ask_tensorflow_serving(path, content)


def test_both_refuse_the_same(server, ask_tensorflow_serving):
    predict = "/v1/models/tiny:predict"
    for path, content in [
        ("/v1/models/other", None),
        ("/v1/models/tiny/versions/7", None),
        ("/v1/other", None),
        ("/v1/models/other:predict", {"instances": ["a"]}),
        (predict, {}),
        (predict, []),
        (predict, {"instances": []}),
        (predict, {"instances": ["no picture"]}),
        (predict, {"instances": [1]}),
        (predict, {"instances": [{"b64": "!"}]}),
        (predict, {"instances": ["a"], "inputs": ["a"]}),
        (predict, {"instances": ["a"], "signature_name": "none"}),
        (predict, {"instances": [1e300], "signature_name": "wait"}),
    ]:
        status, answer = server.ask(path, content)
        expected, their_answer = ask_tensorflow_serving(path, content)
        assert (status, set(answer)) == (expected, set(their_answer)), content


def test_both_tell_the_same_signatures(server, ask_tensorflow_serving):
    path = "/v1/models/tiny/metadata"
    (_, ours), (_, theirs) = server.ask(path), ask_tensorflow_serving(path)
    assert ours["model_spec"] == theirs["model_spec"]
    ours, theirs = (
        answer["metadata"]["signature_def"]["signature_def"]
        for answer in (ours, theirs)
    )
    for name in "serving_default", "wait":
        for part in "inputs", "outputs", "method_name":
            assert ours[name][part] == theirs[name][part]
