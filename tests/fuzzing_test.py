"""No drawn bytes make a reader crash, hang or take much memory."""

import pathlib
import re
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 20
LIMITS = [f"-max_total_time={SECONDS}", "-rss_limit_mb=2048", "-timeout=10"]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["pictures", "bodies", "gzip", "flags", "results"])
def test_any_bytes_are_read_or_refused(target):
    pytest.importorskip("atheris", reason="has no wheel for this version of Python")
    result = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing", target, *LIMITS],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=20 * SECONDS,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    (runs,) = re.findall(r"^Done (\d+) in", result.stderr, re.MULTILINE)
    assert int(runs) > 100
