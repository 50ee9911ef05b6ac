"""No drawn bytes make a reader crash, hang or take much memory."""

import json

import pytest

from benchmarks import fuzzing

SECONDS = 20


@pytest.mark.slow
@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_any_bytes_are_read_or_refused(target, tmp_path):
    pytest.importorskip("atheris", reason="has no wheel for this version of Python")
    file = tmp_path / "fuzzing.json"
    fuzzing.feed_all(fuzzing.FuzzingConfig(SECONDS, target, str(file)))
    assert json.loads(file.read_text())["targets"][target]["inputs"] > 100
