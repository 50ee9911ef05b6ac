#!/usr/bin/env python3
"""Compares the ways to classify with taught classes: they must give one answer.

    pip install -e '.[litert,serve]'
    python benchmarks/agreement.py --model=omniglot --json=agreement.json

Every task's examples are taught to a OneShotClassifier and exported, as a SavedModel
and for LiteRT. The classifier, the loaded SavedModel, bin/serve on the folder of the
exports and the LiteRT interpreter then name the same queries. Examples and queries
are PNG files, but for LiteRT, which takes prepared images.

Flags:
"""

import base64
import dataclasses
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from tqdm import tqdm

from metanet_tf.commands import command
from metanet_tf.model_source import find_trained
from metanet_tf.utils.files import file_errors, write_json
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting
from metanet_tf.utils.versions import versions

with command.quiet_import():
    import tensorflow as tf

    from metanet_tf.commands.chosen_model import chosen_settings
    from metanet_tf.config import EpisodeConfig
    from metanet_tf.data import load_dataset
    from metanet_tf.data.episodes import episode_dataset
    from metanet_tf.evaluation.accuracy import mean_with_interval
    from metanet_tf.one_shot.classifier import OneShotClassifier
    from metanet_tf.saved_model.export import LABELS_FILE, LITERT_FILE
    from metanet_tf.speed.machine import machine
    from metanet_tf.training.run import EVALUATION_SEED

SERVE = pathlib.Path(__file__).resolve().parents[1] / "bin" / "serve"
SECONDS_TO_LOAD = 60
K_SHOT = 1
QUERIES_PER_CLASS = 5
REFERENCE = "OneShotClassifier"


@dataclasses.dataclass(frozen=True)
class AgreementConfig(CheckedConfig):
    """Settings: a model and the tasks that it answers."""

    model: str = setting(
        "omniglot",
        "Name or folder of a pretrained model, or folder of a run.",
        path=True,
    )
    data_dir: str = setting(
        "", "Folder of TFDS data. Empty: the one used in training.", path=True
    )
    picture_size: int = setting(
        105, "Height and width of the pictures, pixels, >= 8.", minimum=8
    )
    n_way: int = setting(20, "Classes per task, >= 2.", minimum=2)
    episodes: int = setting(400, "Tasks, >= 2.", minimum=2)
    json: str = setting("", "JSON file for the results. Empty: no file.", path=True)


class Task(NamedTuple):
    """An `Episode` as a user has it.

    Attributes:
        examples: PNG files.
        example_names: class of each.
        queries: PNG files.
        query_names: class of each, [L].
    """

    examples: list[bytes]
    example_names: list[str]
    queries: list[bytes]
    query_names: np.ndarray


def draw_tasks(config: AgreementConfig) -> Iterator[Task]:
    """Yields the tasks that training's final test begins with, as they were drawn."""
    trained = chosen_settings(find_trained(config.model))
    drawn = dataclasses.replace(
        trained.data.found_at(config.data_dir),
        image_size=config.picture_size,
        preparation="none",
    )
    classes = load_dataset(drawn).test
    size = EpisodeConfig(config.n_way, K_SHOT, QUERIES_PER_CLASS)
    stream = episode_dataset(classes, size, seed=EVALUATION_SEED)
    for episode in stream.take(config.episodes):
        yield Task(
            _png_files(episode.support_images),
            _names(episode.support_labels),
            _png_files(episode.query_images),
            np.array(_names(episode.query_labels)),
        )


def _png_files(images: tf.Tensor) -> list[bytes]:
    """Dark ink on white paper."""
    pixels = tf.cast(tf.round(255.0 * (1.0 - images)), tf.uint8)
    return [tf.io.encode_png(picture).numpy() for picture in pixels]


def _names(labels: tf.Tensor) -> list[str]:
    return [f"class {label}" for label in labels]


def ask_saved_model(version: pathlib.Path, pictures: list[bytes]) -> list[str]:
    """Loads a SavedModel and asks it."""
    classify = tf.saved_model.load(str(version)).signatures["serving_default"]
    names = classify(pictures=tf.constant(pictures))["class"].numpy()
    return [name.decode() for name in names]


class LiteRT:
    """Asks LiteRT files, and notes their size and how long they take."""

    def __init__(self) -> None:
        self._bytes: list[int] = []
        self._seconds: list[float] = []

    def ask(self, version: pathlib.Path, images: np.ndarray) -> list[str]:
        """Loads a file and asks it about one image after the other."""
        file, names = version / LITERT_FILE, (version / LABELS_FILE).read_text()
        classify = Interpreter(str(file)).get_signature_runner()
        began = time.perf_counter()
        answers = [classify(images=image[np.newaxis]) for image in images]
        self._seconds.append((time.perf_counter() - began) / len(images))
        self._bytes.append(file.stat().st_size)
        labels = [np.argmax(answer["probabilities"]) for answer in answers]
        return [names.splitlines()[label] for label in labels]

    def costs(self) -> dict[str, float]:
        """Medians over the files."""
        return {
            "kib": round(float(np.median(self._bytes)) / 1024, 1),
            "milliseconds_per_image": round(1e3 * float(np.median(self._seconds)), 3),
        }


class Server:
    """bin/serve in a process of its own.

    Args:
        models: where versions are exported; there must be one.
        max_pictures: in a request.
    """

    def __init__(self, models: str, max_pictures: int) -> None:
        flags = [f"--model={models}", "--port=0", "--poll_seconds=0.1"]
        self._process = subprocess.Popen(
            [sys.executable, str(SERVE), *flags, f"--max_pictures={max_pictures}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._url = re.findall(r"http://[^;]+", self._process.stdout.readline())[0]

    def ask(self, version: pathlib.Path, pictures: list[bytes]) -> list[str]:
        """Waits until the server has a version, and asks it."""
        url = f"{self._url}/versions/{version.name}"
        self._wait_for(url)
        files = [{"b64": base64.b64encode(picture).decode()} for picture in pictures]
        body = json.dumps({"instances": files}).encode()
        with urllib.request.urlopen(f"{url}:predict", body) as reply:
            return [row["class"] for row in json.load(reply)["predictions"]]

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait()

    def _wait_for(self, url: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_LOAD
        while True:
            try:
                urllib.request.urlopen(url).close()
                return
            except urllib.error.URLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def measure(config: AgreementConfig) -> dict[str, Any]:
    """Asks all about all tasks.

    Returns:
        For each, accuracy with its interval and the share of queries that it names
        as the classifier in Python does; for LiteRT size and time, too.

    Raises:
        InputError: if there is no such model, or no data with room for a task.
    """
    classifier, litert, server = OneShotClassifier(config.model), LiteRT(), None
    answers, truths = [], []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for task in tqdm(draw_tasks(config), total=config.episodes, unit="task"):
                classifier.fit(task.examples, task.example_names)
                version = classifier.export(folder, litert=True)
                server = server or Server(folder, len(task.queries))
                truths.append(task.query_names)
                answers.append(
                    {
                        REFERENCE: classifier.predict(task.queries),
                        "SavedModel": ask_saved_model(version, task.queries),
                        "REST": server.ask(version, task.queries),
                        "LiteRT": litert.ask(
                            version, classifier.prepare(task.queries).images
                        ),
                    }
                )
                _remove_older(version)
        finally:
            if server is not None:
                server.stop()
    results = _compared(answers, truths)
    results["LiteRT"] |= litert.costs()
    return results


def _remove_older(version: pathlib.Path) -> None:
    """Removes the version before, which nobody asks any more."""
    older = version.with_name(str(int(version.name) - 1))
    shutil.rmtree(older, ignore_errors=True)


def _compared(
    answers: list[dict[str, Any]], truths: list[np.ndarray]
) -> dict[str, dict[str, float]]:
    """Accuracy and agreement of each, from all tasks' answers and true names."""
    named = {who: np.array([task[who] for task in answers]) for who in answers[0]}
    results = {}
    for who, names in named.items():
        accuracy = mean_with_interval((names == np.array(truths)).mean(axis=1))
        same = float((names == named[REFERENCE]).mean())
        print(f"{who:>18}: {accuracy}, {100 * same:.3f} % as {REFERENCE}", flush=True)
        results[who] = {
            "accuracy": accuracy.value,
            "half_width": accuracy.half_width,
            "same": same,
        }
    return results


def compare(config: AgreementConfig) -> None:
    """Measures, prints and writes the results."""
    content = {
        "results": measure(config),
        "settings": dataclasses.asdict(config)
        | {"k_shot": K_SHOT, "queries_per_class": QUERIES_PER_CLASS},
        "command": shlex.join(sys.argv),
        "versions": versions(),
        "machine": machine(),
    }
    print(f"LiteRT: {content['results']['LiteRT']}")
    if config.json:
        with file_errors("json", config.json):
            write_json(pathlib.Path(config.json), content)


def main() -> None:
    """Runs the command."""
    command.run(
        lambda: compare(from_flags(AgreementConfig)), [AgreementConfig], __doc__
    )


if __name__ == "__main__":
    main()
