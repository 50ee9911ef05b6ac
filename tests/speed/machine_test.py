import os
import pathlib
import resource

import numpy as np
import pytest

from metanet_tf.speed import machine as machine_module
from metanet_tf.speed.machine import (
    current_memory,
    machine,
    peak_memory,
    reset_peak,
)

HUNDRED_MEBIBYTES = 100 * 2**20
LINUX = pytest.mark.skipif(
    not pathlib.Path("/proc/self/statm").exists(), reason="no /proc"
)


def test_machine_is_described():
    described = machine()
    assert described["processor"]
    assert 1 <= described["cores"] <= os.cpu_count()
    assert described["load"] >= 0.0
    assert isinstance(described["accelerators"], list)


def _allocate():
    return np.ones(HUNDRED_MEBIBYTES, np.uint8)


@LINUX
def test_current_memory_rises_with_an_array_and_falls_without():
    before = current_memory()
    array = _allocate()
    with_array = current_memory()
    del array
    assert with_array - before > 0.9 * HUNDRED_MEBIBYTES
    assert with_array - current_memory() > 0.9 * HUNDRED_MEBIBYTES


@LINUX
def test_peak_outlives_an_array_until_it_is_reset():
    reset_peak()
    before = peak_memory()
    _allocate()
    peak = peak_memory()
    assert peak - before > 0.9 * HUNDRED_MEBIBYTES
    reset_peak()
    assert peak - peak_memory() > 0.9 * HUNDRED_MEBIBYTES


def test_without_proc_the_peak_is_that_of_the_whole_process(monkeypatch, tmp_path):
    monkeypatch.setattr(machine_module, "_PROCESS", tmp_path / "missing")
    reset_peak()
    assert current_memory() is None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert peak_memory() in (most, 1024 * most)
