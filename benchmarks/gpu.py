#!/usr/bin/env python3
"""Measures training on a GPU: steps, what they wait for, and the same loss as a CPU's.

    python benchmarks/gpu.py --json=gpu.json
    python benchmarks/gpu.py --n_way=5 --episodes_per_step=1 --seconds=1   # less

Cases are compiled side by side, each in a process of its own, and then timed one after
another. They train on drawn glyphs, with the steps that bin/train makes. Without a GPU
everything runs on the CPU, which shows that it runs.

Flags:
"""

import collections
import dataclasses
import glob
import itertools
import multiprocessing
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from metanet_tf.commands import command, presets
from metanet_tf.config import (
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    run_config_from_file,
)
from metanet_tf.utils.files import write_json
from metanet_tf.utils.flag_settings import (
    CheckedConfig,
    from_flags,
    read_layer_counts,
    read_numbers,
    setting,
)

with command.quiet_import():
    import tensorflow as tf

    from metanet_tf.data import load_for_training
    from metanet_tf.model import MetaNet
    from metanet_tf.speed.machine import machine
    from metanet_tf.speed.operations import count_operations, total_operations
    from metanet_tf.speed.report import Table
    from metanet_tf.training.step import TrainStep, make_optimizer
    from metanet_tf.training.steps import Steps, make_steps
    from metanet_tf.training.trained_model import make_model
    from metanet_tf.utils.versions import versions

QUERIES_PER_CLASS = 5
MODES = {
    "plain": {},
    "mixed": {"mixed_precision": True},
    "jit": {"jit": True},
    "jit and mixed": {"jit": True, "mixed_precision": True},
}
_MATRIX = 8192  # Size of the matrices whose product tells the machine's rate,
_BYTES = 2**30  # and of the array whose copy tells its bandwidth.
_MAX_KERNELS = 5
Figures = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class GpuConfig(CheckedConfig):
    """Settings: measurements and their length."""

    n_way: str = setting("5,20", "Classes per task, each >= 2.")
    augmented: str = setting("3,all", "Augmented layers, each >= 1, or all.")
    episodes_per_step: str = setting("1,4,16,64", "Episodes a step, each >= 1.")
    steps_per_call: int = setting(20, "Steps in one call, >= 1.", minimum=1)
    seconds: float = setting(1.5, "How long each case is timed, > 0.", minimum=1e-3)
    workers: int = setting(4, "Cases that are compiled at once, >= 1.", minimum=1)
    minutes: float = setting(
        30.0, "No further cases are begun after so many minutes, > 0.", minimum=0.01
    )
    compile_seconds: float = setting(
        600.0, "A case that takes longer to compile is left out, > 0.", minimum=1.0
    )
    curve_steps: int = setting(
        100, "Steps whose losses on GPU and CPU are compared, >= 0.", minimum=0
    )
    curve_preset: str = setting(
        "paper_omniglot", "Preset whose model these steps train."
    )
    json: str = setting("", "JSON file for the results. Empty: no file.", path=True)


@dataclasses.dataclass(frozen=True)
class Case:
    """One size of task, model and step, trained in one way."""

    n_way: int
    augmented_layers: int | None
    mode: str
    episodes_per_step: int
    steps_per_call: int

    def __str__(self) -> str:
        layers = f"last {self.augmented_layers}" if self.augmented_layers else "all"
        return (
            f"{self.n_way}-way, {layers} layers, {self.episodes_per_step} "
            f"episodes a step, {self.mode}"
        )

    def model_config(self) -> ModelConfig:
        """The default model, its layers and the mode."""
        return ModelConfig(augmented_layers=self.augmented_layers, **MODES[self.mode])


def cases(config: GpuConfig) -> list[Case]:
    """Every combination; without XLA one episode a step, since others are a loop."""
    combinations = itertools.product(
        read_layer_counts("augmented", config.augmented),
        read_numbers("n_way", config.n_way, minimum=2),
        read_numbers("episodes_per_step", config.episodes_per_step, minimum=1),
        MODES,
    )
    return [
        Case(ways, augmented, mode, episodes, config.steps_per_call)
        for augmented, ways, episodes, mode in combinations
        if episodes == 1 or "jit" in MODES[mode]
    ]


def start_run(config: RunConfig) -> Steps:
    """Makes the steps that bin/train would make with these settings."""
    strategy = tf.distribute.get_strategy()
    model = make_model(config)
    optimizer = make_optimizer(config.training)
    optimizer.build(model.trainable_variables)
    train_step = TrainStep(model, optimizer, config.training, strategy)
    classes = load_for_training(config.data).training
    return make_steps(train_step, classes, config, strategy)


def measure(case: Case, seconds: float, connection: Connection) -> None:
    """Compiles a case, waits for its turn, times and profiles it; sends figures."""
    _grow_memory()
    training = TrainingConfig(
        episodes_per_step=case.episodes_per_step, steps_per_call=case.steps_per_call
    )
    task = EpisodeConfig(n_way=case.n_way, queries_per_class=QUERIES_PER_CLASS)
    model = case.model_config()
    steps = start_run(RunConfig(_glyphs().data, task, model, training))
    began = time.perf_counter()
    call = _caller(steps, training)
    first_loss, _ = call(), call()
    connection.send(time.perf_counter() - began)
    connection.recv()
    durations = _durations(call, seconds)
    step_seconds = float(np.median(durations)) / case.steps_per_call
    operations = total_operations(
        count_operations(_counted(case), case.n_way, case.n_way * QUERIES_PER_CLASS)
    ).total
    connection.send(
        {
            "step_seconds": step_seconds,
            "calls": len(durations),
            "episodes_per_second": case.episodes_per_step / step_seconds,
            "operations_per_second": case.episodes_per_step * operations / step_seconds,
            "memory": _peak_memory(),
            "loss": [first_loss, call()],
            "profile": _profile(call),
        }
    )


def _counted(case: Case) -> MetaNet:
    return MetaNet(
        ModelConfig(augmented_layers=case.augmented_layers), n_way=case.n_way
    )


def _caller(steps: Steps, training: TrainingConfig) -> Any:
    """A function that makes the next call's steps and waits; returns the loss."""
    rates = [training.learning_rate] * training.steps_per_call
    first = itertools.count(step=training.steps_per_call)
    return lambda: float(steps(next(first), rates)["loss"])


def _durations(call: Any, seconds: float) -> list[float]:
    durations: list[float] = []
    while len(durations) < 3 or sum(durations) < seconds:
        began = time.perf_counter()
        call()
        durations.append(time.perf_counter() - began)
    return durations


def _profile(call: Any) -> Figures | None:
    """Share of the time that the GPU computes, and the kernels that take most of it."""
    if not tf.config.list_physical_devices("GPU"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        began = time.perf_counter()
        call()
        seconds = time.perf_counter() - began
        tf.profiler.experimental.stop()
        kernels = _kernel_seconds(folder)
    busy = sum(kernels.values())
    return {
        "busy": busy / seconds,
        "largest": [
            {"kernel": name, "share": part / busy}
            for name, part in kernels.most_common(_MAX_KERNELS)
        ],
    }


def _kernel_seconds(folder: str) -> collections.Counter:
    """Seconds by kernel, of the streams of the first GPU."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    seconds: collections.Counter = collections.Counter()
    for path in glob.glob(f"{folder}/**/*.xplane.pb", recursive=True):
        space = xplane_pb2.XSpace()
        with open(path, "rb") as file:
            space.ParseFromString(file.read())
        for plane in space.planes:
            if not plane.name.startswith("/device:GPU:0"):
                continue
            names = {key: value.name for key, value in plane.event_metadata.items()}
            for line in plane.lines:
                if line.name.startswith("Stream"):
                    for event in line.events:
                        name = names[event.metadata_id]
                        seconds[name] += event.duration_ps / 1e12
    return seconds


def losses(preset: str, steps: int, jit: bool, connection: Connection) -> None:
    """Sends the losses of a preset's first steps on glyphs, in full float32."""
    _grow_memory()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    config = run_config_from_file(presets.find_flag_file(f"{preset}.flags"))
    task = dataclasses.replace(config.episode, n_way=min(20, config.episode.n_way))
    model = dataclasses.replace(config.model, jit=jit)
    training = dataclasses.replace(config.training, steps_per_call=1)
    run = start_run(RunConfig(_glyphs().data, task, model, training))
    call = _caller(run, training)
    connection.send([call() for _ in range(steps)])


class Benchmark:
    """Measures everything and writes what there is after each figure.

    Args:
        config: all settings.
    """

    def __init__(self, config: GpuConfig) -> None:
        self._config = config
        self._figures: Figures = {
            "command": shlex.join(sys.argv),
            "versions": versions(),
            "machine": machine() | _gpu_details(),
            "cases": [],
        }

    def run(self) -> None:
        """Measures and prints a table."""
        curves = [self._start_curve(on_gpu=True), self._start_curve(on_gpu=False)]
        self._figures["rates"] = _machine_rates()
        self._write()
        limit = time.monotonic() + 60 * self._config.minutes
        for some in _in_groups(cases(self._config), self._config.workers):
            if time.monotonic() < limit:
                self._measure(some)
        self._compare(*[curve.recv() if curve else [] for curve in curves])
        self._write()
        _report(self._figures)

    def _measure(self, some: list[Case]) -> None:
        """Compiles these cases together and times them in turn."""
        started = [
            (case, *_start(measure, case, self._config.seconds)) for case in some
        ]
        limit = time.monotonic() + self._config.compile_seconds
        ready = []
        for case, process, connection in started:
            outcome = _receive(connection, limit - time.monotonic())
            if outcome is None:
                process.kill()
                print(f"{case}: failed to compile in time", file=sys.stderr)
            else:
                ready.append((case, process, connection, outcome))
        for case, process, connection, compile_seconds in ready:
            connection.send("your turn")
            outcome = _receive(connection, 20 * self._config.seconds + 30)
            process.kill()
            if outcome is None:
                print(f"{case}: failed", file=sys.stderr)
                continue
            figures = dataclasses.asdict(case) | outcome
            figures["compile_seconds"] = compile_seconds
            self._figures["cases"].append(figures)
            print(f"{case}: {1e3 * outcome['step_seconds']:.2f} ms a step", flush=True)
            self._write()

    def _start_curve(self, *, on_gpu: bool) -> Connection | None:
        config = self._config
        if not config.curve_steps:
            return None
        hidden = {} if on_gpu else {"CUDA_VISIBLE_DEVICES": "-1"}
        arguments = config.curve_preset, config.curve_steps, on_gpu
        return _start(losses, *arguments, environment=hidden)[1]

    def _compare(self, on_gpu: list[float], on_cpu: list[float]) -> None:
        if not on_gpu or not on_cpu:
            return
        difference = np.abs(np.subtract(on_gpu, on_cpu))
        self._figures["curve"] = {
            "preset": self._config.curve_preset,
            "gpu": on_gpu,
            "cpu": on_cpu,
            "max_difference": float(difference.max()),
            "mean_difference": float(difference.mean()),
        }

    def _write(self) -> None:
        if self._config.json:
            write_json(pathlib.Path(self._config.json), self._figures)


def _start(
    function: Any, *arguments: Any, environment: dict[str, str] | None = None
) -> tuple[multiprocessing.Process, Connection]:
    """Runs a function in a new process; the last argument it gets is a connection."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    kept = dict(os.environ)
    os.environ.update(environment or {})
    process = context.Process(target=function, args=(*arguments, there), daemon=True)
    process.start()
    os.environ.clear()
    os.environ.update(kept)
    there.close()
    return process, here  # type: ignore[return-value]


def _receive(connection: Connection, seconds: float) -> Any:
    """Receives a process's message; None if it ends or takes longer."""
    try:
        return connection.recv() if connection.poll(max(seconds, 0.0)) else None
    except EOFError:
        return None


def _in_groups(some: list[Case], size: int) -> Iterator[list[Case]]:
    for start in range(0, len(some), size):
        yield some[start : start + size]


def _glyphs() -> RunConfig:
    return run_config_from_file(presets.find_flag_file("glyphs.flags"))


def _grow_memory() -> None:
    """Processes share the GPU."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def _peak_memory() -> int | None:
    if not tf.config.list_physical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def _gpu_details() -> Figures:
    """Card and driver as nvidia-smi says, and what TensorFlow was built for."""
    build = tf.sysconfig.get_build_info()
    details = {key: build.get(f"{key}_version", "none") for key in ("cuda", "cudnn")}
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return details | {"card": "none"}
    return details | {"card": answer.stdout.strip()}


def _machine_rates() -> Figures:
    """Operations per second of matrix products, and bytes per second of a copy."""
    _grow_memory()
    has_gpu = bool(tf.config.list_physical_devices("GPU"))
    size, nbytes = (_MATRIX, _BYTES) if has_gpu else (_MATRIX // 8, _BYTES // 16)
    rates: Figures = {}
    for name, dtype, tf32 in (
        ("float32", tf.float32, False),
        ("tensor_float32", tf.float32, True),
        ("bfloat16", tf.bfloat16, True),
    ):
        tf.config.experimental.enable_tensor_float_32_execution(tf32)
        matrix = tf.cast(tf.random.normal([size, size]), dtype)
        product = tf.function(lambda x=matrix: tf.matmul(x, x))
        rates[name] = 2 * size**3 / _seconds(product)
    array = tf.random.normal([nbytes // 4])
    copied = tf.function(lambda: array + 1.0)
    rates["bytes"] = 2 * nbytes / _seconds(copied)
    return rates


def _seconds(function: Any) -> float:
    durations = []
    for _ in range(13):
        began = time.perf_counter()
        function()
        tf.test.experimental.sync_devices()
        durations.append(time.perf_counter() - began)
    return float(np.median(durations[3:]))


def _report(figures: Figures) -> None:
    """Prints a table of all cases, and the machine's own rates."""
    shown = Table(
        "Training",
        ("case", ""),
        ("ms a step", ".2f"),
        ("episodes/s", ",.0f"),
        ("TFLOP/s", ".2f"),
        ("GiB", ".2f"),
        ("GPU busy", ".0%"),
        ("s to compile", ".0f"),
    )
    for figure in figures["cases"]:
        names = [field.name for field in dataclasses.fields(Case)]
        shown.add(
            str(Case(**{name: figure[name] for name in names})),
            1e3 * figure["step_seconds"],
            figure["episodes_per_second"],
            figure["operations_per_second"] / 1e12,
            figure["memory"] and figure["memory"] / 2**30,
            figure["profile"] and figure["profile"]["busy"],
            figure["compile_seconds"],
        )
    rates = Table("The machine's rates", ("", ""), ("per second", ".3g"))
    for name, rate in figures["rates"].items():
        rates.add(name, rate)
    if "curve" in figures:
        print(
            "Largest difference of the loss to the CPU's, "
            f"{len(figures['curve']['gpu'])} steps: "
            f"{figures['curve']['max_difference']:.2g}"
        )


if __name__ == "__main__":
    command.run(lambda: Benchmark(from_flags(GpuConfig)).run(), [GpuConfig], __doc__)
