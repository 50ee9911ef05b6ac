"""The README's commands run as printed, in order, in a fresh copy of the repository."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.fenced_commands import fenced_commands

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAX_LINES, MAX_COLUMNS = 220, 140
# Documented flags that make long commands short.
SHORTER = {
    "bin/train": "--dataset=glyphs --n_way=5 --steps=2 --validation_episodes=2 "
    "--test_episodes=2",
    "bin/evaluate": "--n_way=2,5 --episodes=2",
    "bin/serve": "--port=0",
    "bin/demo": "--port=0",
}
# The test runs in an environment that has been made already.
LEFT_OUT = {"make", "pip", ".", "tensorboard"}
SECONDS, SECONDS_OF_ENDLESS = 300, 25


def _commands():
    """Yields the README's commands that the test runs."""
    return (x for x in fenced_commands(README) if x[0] not in LEFT_OUT)


def _is_endless(command):
    name, *arguments = command
    return name in ("bin/serve", "bin/demo") or any("--watch" in x for x in arguments)


def _run(command, folder, environment):
    name, *arguments = command
    line = [sys.executable, name, *arguments, *SHORTER.get(name, "").split()]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(line, cwd=folder, env=environment, **output) as process:
        if _is_endless(command):
            time.sleep(SECONDS_OF_ENDLESS)
            assert process.poll() is None, process.communicate()[0]
            process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=SECONDS)
    stopped = (0, 128 + signal.SIGINT) if _is_endless(command) else (0,)
    assert process.returncode in stopped, f"{command}: {printed}"


def test_lines_are_few_and_short():
    lines = README.splitlines()
    assert len(lines) <= MAX_LINES
    assert max(len(x) for x in lines if not x.startswith("|")) <= MAX_COLUMNS


def test_files_that_it_links_to_are_there():
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (REPOSITORY / link).exists(), link


@pytest.mark.slow
def test_commands_run_as_printed(tmp_path):
    folder = tmp_path / "fresh"
    clone = ["git", "clone", "--quiet", "--no-hardlinks", REPOSITORY, folder]
    subprocess.run(clone, check=True)
    environment = os.environ | {"PYTHONPATH": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}
    commands = list(_commands())
    assert len(commands) > 5
    for command in commands:
        _run(command, folder, environment)
