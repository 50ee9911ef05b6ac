"""A model that tells dark pictures from light ones, and servers of it."""

import base64
import contextlib
import http.client
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.saved_model.checks import check_encoded
from metanet_tf.saved_model.decoding import decode_picture

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 120  # TensorFlow is imported; the machine may be busy.


class DarkOrLight(tf.Module):
    def __init__(self, dark, light):
        super().__init__()
        self._names = [dark, light]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="pictures")])
    def classify(self, pictures):
        brightness = tf.map_fn(
            lambda picture: tf.reduce_mean(
                tf.cast(decode_picture(picture)[..., :3], tf.float32) / 255.0
            ),
            check_encoded("pictures", pictures),
            fn_output_signature=tf.float32,
        )
        return {
            "class": tf.gather(self._names, tf.cast(brightness > 0.5, tf.int32)),
            "probability": tf.maximum(brightness, 1.0 - brightness),
        }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="seconds")])
    def wait(self, seconds):
        """Takes that long, or until it is stopped."""
        end = tf.timestamp() + tf.cast(tf.reduce_max(seconds), tf.float64)
        while tf.timestamp() < end:
            pass
        return {"waited": seconds}


def _save_model(folder, dark="dark", light="light"):
    model = DarkOrLight(dark, light)
    signatures = {"serving_default": model.classify, "wait": model.wait}
    tf.saved_model.save(model, str(folder), signatures=signatures)
    return folder


@pytest.fixture(scope="session")
def save_model():
    """Function: folder, names of the two classes -> folder with a SavedModel."""
    return _save_model


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    _save_model(folder / "1")
    return folder


def _picture_file(brightness, format="PNG", size=8):
    file = io.BytesIO()
    pixels = np.full([size, size, 3], round(255 * brightness), np.uint8)
    Image.fromarray(pixels).save(file, format)
    return file.getvalue()


@pytest.fixture(scope="session")
def picture_file():
    """Function: brightness in [0, 1], format, size -> the file's content."""
    return _picture_file


class Server:
    """A process of bin/serve.

    Args:
        model_dir: what it serves.
        flags: its other flags, by name.
    """

    def __init__(self, model_dir, **flags):
        flags = {"model": model_dir, "port": 0, "name": "tiny", **flags}
        self._log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(REPOSITORY / "bin" / "serve"),
                *(f"--{name}={value}" for name, value in flags.items()),
            ],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        first_line = self.process.stdout.readline()
        if "grpc_port" in flags:
            self.grpc_port = int(first_line.rpartition(":")[2].rstrip(".\n"))
            first_line = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)/v1/models/tiny;", first_line)[1])

    def ask(self, path, content=None, timeout=START_SECONDS):
        """Status and JSON, or text, of an answer; POST if there is `content`."""
        answer, body = self.answer(path, content, timeout)
        is_json = answer.getheader("Content-Type") == "application/json"
        return answer.status, json.loads(body) if is_json else body.decode()

    def answer(self, path, content=None, timeout=START_SECONDS, headers=None):
        if content is not None and not isinstance(content, bytes):
            content = json.dumps(content).encode()
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(client):
            method = "GET" if content is None else "POST"
            client.request(method, path, content, headers or {})
            answer = client.getresponse()
            return answer, answer.read()

    def predict(self, content, **options):
        return self.ask("/v1/models/tiny:predict", content, **options)

    def classify(self, *files):
        instances = [{"b64": base64.b64encode(file).decode()} for file in files]
        return self.predict({"instances": instances})

    def metric(self, name):
        """Value of a metric, 0 where it is not there."""
        _, text = self.ask("/metrics")
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def wait_until(self, is_so):
        end = time.monotonic() + START_SECONDS
        while not is_so():
            assert time.monotonic() < end and self.process.poll() is None
            time.sleep(0.05)

    def is_ready(self):
        return self.ask("/readyz")[0] == 200

    def log(self):
        """Returns what the server has written to stderr."""
        return os.pread(self._log.fileno(), 2**20, 0).decode()

    def workers(self):
        """Ids of the worker processes."""
        task = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}")
        children = map(int, (task / "children").read_text().split())
        return [pid for pid in children if b"spawn_main" in _command_line(pid)]

    def memory_mib(self):
        """Resident memory of the workers."""
        return sum(_resident_kib(pid) for pid in self.workers()) / 1024

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self._log.close()


def _command_line(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


def _resident_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


@contextlib.contextmanager
def _server(model_dir, **flags):
    server = Server(model_dir, **flags)
    try:
        server.wait_until(server.is_ready)
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def run_server():
    """Function: model_dir, flags -> context of a `Server` that is ready."""
    return _server
