import pathlib
import subprocess
import sys

import pytest

from benchmarks.scaling import ScalingConfig, exchange_seconds

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent


def test_one_worker_tells_nobody():
    assert exchange_seconds(1, ScalingConfig()) == 0.0


def test_bytes_and_messages_are_those_of_a_ring():
    config = ScalingConfig(parameters=1000, gigabits=8e-6, microseconds=0.0)
    # 8e3 bits are 1,000 bytes a second; 2 x 4,000 bytes, 2 * 3 / 4 of them sent.
    assert exchange_seconds(4, config) == pytest.approx(2 * 4000 * 1.5 / 1000)
    config = ScalingConfig(parameters=1, gigabits=1e9, microseconds=10.0)
    assert exchange_seconds(4, config) == pytest.approx(3 * 6 * 10e-6)


def test_table_of_the_page_is_that_of_the_script():
    command = [sys.executable, REPOSITORY / "benchmarks" / "scaling.py"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    page = (REPOSITORY / "docs" / "several_machines.md").read_text(encoding="utf-8")
    assert printed.strip() in page
