"""The measurements for a GPU, on whatever this machine has."""

import math
import multiprocessing
import threading

import pytest

from benchmarks import gpu


def test_several_episodes_a_step_are_measured_with_xla_alone():
    config = gpu.GpuConfig(n_way="5", augmented="3", episodes_per_step="1,4")
    chosen = [(case.mode, case.episodes_per_step) for case in gpu.cases(config)]
    assert chosen == [
        ("plain", 1),
        ("mixed", 1),
        ("jit", 1),
        ("jit and mixed", 1),
        ("jit", 4),
        ("jit and mixed", 4),
    ]


def test_a_case_is_compiled_waits_for_its_turn_and_is_timed():
    case = gpu.Case(2, 1, "plain", episodes_per_step=1, steps_per_call=2)
    ours, theirs = multiprocessing.Pipe()
    measuring = threading.Thread(target=gpu.measure, args=(case, 0.01, theirs))
    measuring.start()
    assert ours.poll(120) and ours.recv() > 0  # Seconds to compile.
    assert not ours.poll(0.5)
    ours.send(None)
    assert ours.poll(120)
    figures = ours.recv()
    measuring.join()
    assert figures["step_seconds"] > 0 and figures["calls"] >= 1
    assert figures["episodes_per_second"] == pytest.approx(1 / figures["step_seconds"])
    first, later = figures["loss"]
    assert first == pytest.approx(math.log(2), abs=0.1) and later != first
