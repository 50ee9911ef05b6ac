import subprocess
import sys

import pytest

from tests.skips import ACCEPTED, unexpected

NO_BROWSER = "No Chromium. apt-get install chromium."


def test_reasons_that_are_not_listed_are_unexpected():
    accepted = [f"Skipped: {beginning} here." for beginning in ACCEPTED]
    assert unexpected(accepted) == []
    assert unexpected([*accepted, f"Skipped: {NO_BROWSER}", NO_BROWSER]) == [NO_BROWSER]


@pytest.mark.parametrize(
    ("reason", "workers", "code"), [(NO_BROWSER, "1", 1), ("No prepared x", "0", 0)]
)
def test_run_with_an_unexpected_skip_fails(tmp_path, reason, workers, code):
    skipped = f"import pytest\ndef test_of_the_page(): pytest.skip({reason!r})\n"
    (tmp_path / "page_test.py").write_text(skipped)
    command = [sys.executable, "-m", "pytest", "-p", "tests.skips", "-n", workers]
    command += ["--rootdir", tmp_path, "-o", "python_files=*_test.py", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert (f"must not be: {reason}" in done.stdout) == bool(code)
