#!/usr/bin/env python3
"""Measures bin/serve under load: rates, waiting times, memory, changes of version.

    python benchmarks/load.py --json=docs/load.json --page=docs/serving.md

Exports a model that was taught the classes of examples/, and asks bin/serve for
examples/my_queries/, 1, 8 and 64 pictures a request, from clients that each send the
next request once they are answered. The same model in a loop in this process, without
a server, is what the rates are compared with. Then there is a mixed load with bad
requests among good ones, all of whose answers are checked, and one while the server
goes over to one new version after another. Nothing else should run meanwhile.

Flags:
"""

import base64
import concurrent.futures
import contextlib
import dataclasses
import http.client
import json
import pathlib
import random
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from metanet_tf.commands import command
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import (
    file_errors,
    write_between,
    write_json,
)
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting
from metanet_tf.utils.versions import versions

with command.quiet_import():
    import tensorflow as tf

    from metanet_tf.one_shot.classifier import OneShotClassifier
    from metanet_tf.speed.machine import machine

_REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
_EXAMPLES = _REPOSITORY / "examples"
_WORKERS = (1, 2)
_PICTURES = (1, 8, 64)
_PREDICT = "/v1/models/metanet:predict"
_SECONDS_TO_LOAD = 600
MARKS = "<!-- load.py writes this. -->", "<!-- To here. -->"
# Bodies that must be refused, with the status of the answer.
_BAD = (
    (b"{", 400),
    (b'{"instances": []}', 400),
    (b'{"instances": ["no picture"]}', 400),
    (b'{"instances": [1], "signature_name": "none"}', 400),
    (b"[" * 50_000, 400),
    (b" " * (17 * 2**20), 413),
)


@dataclasses.dataclass(frozen=True)
class LoadConfig(CheckedConfig):
    """Settings: a model, and how long and how often it is asked."""

    model: str = setting(
        "omniglot", "Name or folder of a pretrained model, or folder of a run."
    )
    clients: int = setting(4, "Clients that ask at the same time, >= 1.", minimum=1)
    seconds: float = setting(20.0, "Seconds for each rate, >= 0.1.", minimum=0.1)
    mixed_minutes: float = setting(
        10.0, "Minutes of mixed load, >= 0.01.", minimum=0.01
    )
    switches: int = setting(50, "New versions, >= 1.", minimum=1)
    json: str = setting("", "JSON file for the figures. Empty: no file.", path=True)
    page: str = setting(
        "", "Markdown page to write the tables to, between its marks.", path=True
    )


class Request(NamedTuple):
    """A request of a client.

    Attributes:
        body: JSON.
        status: that the answer must have.
        names: classes that it must have; empty: those are not looked at.
    """

    body: bytes
    status: int = 200
    names: tuple[str, ...] = ()


class Answers(NamedTuple):
    """Answers that clients got.

    Attributes:
        seconds: until each answer was there, in no order.
        lost: requests with no answer or a wrong one.
        took: seconds of all together.
    """

    seconds: np.ndarray
    lost: int
    took: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.took

    def milliseconds(self, percent: float) -> float:
        """Within which so many of a hundred answers were there."""
        return 1e3 * float(np.percentile(self.seconds, percent))


class Server(NamedTuple):
    """bin/serve in a process of its own.

    Attributes:
        process: the one that watches its workers.
        port: where it answers.
    """

    process: subprocess.Popen
    port: int

    def wait_for_version(self, number: int) -> None:
        """Returns once that version is served.

        Raises:
            InputError: if it takes too long.
        """
        end = time.monotonic() + _SECONDS_TO_LOAD
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                path = f"/v1/models/metanet/versions/{number}"
                if _get(self.port, path) == 200:
                    return
            time.sleep(0.1)
        raise InputError(f"bin/serve did not load version {number} in time.")

    def mebibytes(self) -> float:
        """Resident memory of its processes."""
        pages = sum(map(_resident_pages, _family(self.process.pid)))
        return pages * resource.getpagesize() / 2**20


@contextlib.contextmanager
def serving(models: pathlib.Path, **flags: Any) -> Iterator[Server]:
    """Serves a folder of versions; gives the server once it is warm."""
    flags = {"model": models, "port": 0, "poll_seconds": 0.2, **flags}
    process = subprocess.Popen(
        [sys.executable, "bin/serve", *(f"--{k}={v}" for k, v in flags.items())],
        cwd=_REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        (port,) = re.findall(r":(\d+)/v1", process.stdout.readline())
        server = Server(process, int(port))
        server.wait_for_version(1)
        yield server
    finally:
        process.terminate()
        process.wait()


def _get(port: int, path: str) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(client):
        client.request("GET", path)
        return client.getresponse().status


def _family(pid: int) -> Iterator[int]:
    """A process and those that it started."""
    yield pid
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    for child in map(int, children.split()):
        yield from _family(child)


def _resident_pages(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])


def ask(
    port: int, draw: Callable[[random.Random], Request], clients: int, is_over: Any
) -> Answers:
    """Lets clients ask until `is_over()`, each with requests that it draws."""
    began = time.monotonic()

    def client(seed: int) -> tuple[list[float], int]:
        generator, seconds, lost = random.Random(seed), [], 0
        with _Connection(port) as connection:
            while not is_over():
                request, start = draw(generator), time.monotonic()
                lost += not connection.is_answered(request)
                seconds.append(time.monotonic() - start)
        return seconds, lost

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(client, range(clients)))
    seconds = np.array([second for own, _ in found for second in own])
    return Answers(seconds, sum(n for _, n in found), time.monotonic() - began)


class _Connection:
    """Is kept open from request to request, as a browser and a proxy do."""

    def __init__(self, port: int) -> None:
        self._client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def is_answered(self, request: Request) -> bool:
        """False if the answer does not come or is not the one that it must be."""
        try:
            self._client.request("POST", _PREDICT, request.body)
            answer = self._client.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._client.close()
            return False
        if answer.status != request.status:
            return False
        if not request.names:
            return True
        rows = json.loads(content)["predictions"]
        return tuple(row["class"] for row in rows) == request.names


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


class Model:
    """A SavedModel with classes that it was taught, and pictures to ask for.

    Args:
        config: which model.
        folder: where its versions are to be.
    """

    def __init__(self, config: LoadConfig, folder: pathlib.Path) -> None:
        classifier = OneShotClassifier(config.model).fit(_EXAMPLES / "my_classes")
        self.versions = folder
        self._first = classifier.export(folder)
        self._classify = tf.saved_model.load(str(self._first)).signatures[
            "serving_default"
        ]
        files = sorted((_EXAMPLES / "my_queries").glob("*.png"))
        self._files = [file.read_bytes() for file in files]

    def request(self, count: int) -> Request:
        """A request for so many pictures, and the names that are the answer."""
        pictures = self._pictures(count)
        instances = [{"b64": base64.b64encode(x).decode()} for x in pictures]
        answer = self._classify(pictures=tf.constant(pictures))
        names = tuple(name.decode() for name in answer["class"].numpy())
        return Request(json.dumps({"instances": instances}).encode(), 200, names)

    def bare_rate(self, count: int, seconds: float) -> float:
        """Calls per second of the model alone, one after the other."""
        pictures = tf.constant(self._pictures(count))
        self._classify(pictures=pictures)
        calls, began = 0, time.monotonic()
        while time.monotonic() < began + seconds:
            for output in self._classify(pictures=pictures).values():
                output.numpy()
            calls += 1
        return calls / (time.monotonic() - began)

    def add_version(self, number: int) -> None:
        """Adds a copy; of the others only the newest stays."""
        aside = self.versions / ".aside"
        shutil.copytree(self._first, aside)
        aside.rename(self.versions / str(number))
        if number > 3:
            shutil.rmtree(self.versions / str(number - 2))

    def _pictures(self, count: int) -> list[bytes]:
        return [self._files[index % len(self._files)] for index in range(count)]


def measure_rates(config: LoadConfig, model: Model) -> list[dict[str, float]]:
    """Rates and waiting times by number of workers and of pictures."""
    bare = {count: model.bare_rate(count, config.seconds) for count in _PICTURES}
    rates = []
    for workers in _WORKERS:
        with serving(model.versions, workers=workers) as server:
            for count in _PICTURES:
                request = model.request(count)._replace(names=())
                for seconds in (config.seconds / 4, config.seconds):  # Warms up.
                    answers = ask(
                        server.port,
                        lambda _, request=request: request,
                        config.clients,
                        _after(seconds),
                    )
                rates.append(
                    {
                        "workers": workers,
                        "pictures": count,
                        "requests_per_second": answers.rate,
                        "p50_ms": answers.milliseconds(50),
                        "p99_ms": answers.milliseconds(99),
                        "lost": answers.lost,
                        "bare_per_second": bare[count],
                        "of_bare": answers.rate / bare[count],
                    }
                )
                print(rates[-1], flush=True)
    return rates


def measure_mixed(config: LoadConfig, model: Model) -> dict[str, float]:
    """Mixed load: what was lost, and memory in its course."""
    good = [model.request(count) for count in _PICTURES]
    bad = [Request(*pair) for pair in _BAD]

    def draw(generator: random.Random) -> Request:
        return generator.choice(bad if generator.random() < 0.2 else good)

    memory: list[float] = []
    with serving(model.versions, workers=2) as server:
        ask(server.port, draw, config.clients, _after(6 * config.mixed_minutes))
        with _sampled(server.mebibytes, memory, seconds=6 * config.mixed_minutes):
            is_over = _after(60 * config.mixed_minutes)
            answers = ask(server.port, draw, config.clients, is_over)
    return {
        "minutes": config.mixed_minutes,
        "requests": len(answers.seconds),
        "lost": answers.lost,
        "p99_ms": answers.milliseconds(99),
        "first_mib": memory[0],
        "last_mib": memory[-1],
    }


@contextlib.contextmanager
def _sampled(
    value: Callable[[], float], samples: list[float], seconds: float
) -> Iterator[None]:
    """Notes a value at the beginning, every so many seconds, and at the end."""
    is_over = threading.Event()

    def sample() -> None:
        samples.append(value())
        while not is_over.wait(seconds):
            samples.append(value())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        samples.append(value())


def measure_switches(config: LoadConfig, model: Model) -> dict[str, float]:
    """Waiting times while versions change, and without, and memory after each."""
    request = model.request(1)
    memory: list[float] = []
    with serving(model.versions) as server:
        steady = ask(
            server.port, lambda _: request, config.clients, _after(config.seconds)
        )
        is_over = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(
                ask, server.port, lambda _: request, config.clients, is_over.is_set
            )
            try:
                for number in range(2, config.switches + 2):
                    model.add_version(number)
                    server.wait_for_version(number)
                    memory.append(server.mebibytes())
            finally:
                is_over.set()
        switched = asked.result()
    return {
        "switches": config.switches,
        "requests": len(switched.seconds),
        "lost": steady.lost + switched.lost,
        "p99_ms_without": steady.milliseconds(99),
        "p99_ms": switched.milliseconds(99),
        "first_mib": memory[0],
        "most_mib": max(memory),
        "last_mib": memory[-1],
    }


def tables(figures: dict[str, Any]) -> str:
    """The figures in Markdown."""
    mixed, switches, place = figures["mixed"], figures["switches"], figures["machine"]
    texts = (
        f"`{figures['command']}`, {place['cores']} cores of {place['processor']}, "
        f"TensorFlow {figures['versions']['tensorflow']}. The "
        f"{figures['settings']['clients']} clients share the cores with the server. "
        "The bare model is the SavedModel in a loop, without a server.",
        f"- Mixed load for {mixed['minutes']:g} min, a fifth of it bad requests: "
        f"{mixed['requests']:,} requests, {mixed['lost']} lost or wrongly answered. "
        f"The memory of two workers went from {mixed['first_mib']:.0f} to "
        f"{mixed['last_mib']:.0f} MiB.",
        f"- {switches['switches']} new versions under load: {switches['requests']:,} "
        f"requests, {switches['lost']} lost. p99 was {switches['p99_ms']:.1f} ms; "
        f"without new versions it is {switches['p99_ms_without']:.1f} ms. Memory was "
        f"{switches['first_mib']:.0f} MiB after the first, {switches['last_mib']:.0f} "
        f"MiB after the last, {switches['most_mib']:.0f} MiB at most.",
    )
    wrapped = [
        textwrap.fill(text, 116, subsequent_indent="  " * text.startswith("-"))
        for text in texts
    ]
    return "\n\n".join(["\n".join(_rows(figures["rates"])), *wrapped])


def _rows(rates: list[dict[str, float]]) -> Iterator[str]:
    yield (
        "| workers | pictures in a request | requests/s | pictures/s | p50, ms | p99, "
        "ms | requests/s of the bare model |"
    )
    yield "|" + 7 * "---|"
    for row in rates:
        rate = row["requests_per_second"]
        yield (
            f"| {row['workers']} | {row['pictures']} | {rate:.0f} | "
            f"{rate * row['pictures']:.0f} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} "
            f"| {row['bare_per_second']:.0f}: {row['of_bare']:.0%} |"
        )


def measure(config: LoadConfig) -> None:
    """Measures all, prints the tables and writes the files.

    Raises:
        InputError: if the model or a file cannot be used.
    """
    figures: dict[str, Any] = {
        "settings": dataclasses.asdict(config),
        "command": shlex.join(["python", *sys.argv]),
        "versions": versions(),
        "machine": machine(),
    }
    parts: Sequence[tuple[str, Callable[..., Any]]] = (
        ("rates", measure_rates),
        ("mixed", measure_mixed),
        ("switches", measure_switches),
    )
    with tempfile.TemporaryDirectory() as folder:
        model = Model(config, pathlib.Path(folder, "models"))
        for name, part in parts:
            figures[name] = part(config, model)
    print(tables(figures))
    if config.json:
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), figures)
    if config.page:
        write_between(pathlib.Path(config.page), *MARKS, tables(figures))


def main() -> None:
    """Runs what the command line asks for."""
    command.run(lambda: measure(from_flags(LoadConfig)), [LoadConfig], __doc__)


if __name__ == "__main__":
    main()
