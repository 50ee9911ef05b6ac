"""A plugin for continuous integration: a skip fails the run, unless it is listed here.

python -m pytest -p tests.skips
"""

from collections.abc import Iterable

import pytest

# How a reason begins, and why nothing is done about it.
ACCEPTED = {
    "No prepared ": "Omniglot and MNIST are fetched once, by hand.",
    "Set METANET_MINI_IMAGENET": "Mini-ImageNet may not be passed on.",
    "No tensorflow_model_server": "No package registry has TensorFlow Serving.",
    "needs the extra `peers`": "PyTorch is larger than all other packages together.",
    "has no wheel for this version of Python": "Atheris comes later than Python.",
}


def unexpected(reasons: Iterable[str]) -> list[str]:
    """Returns the reasons that are not accepted, each once."""
    given = {reason.removeprefix("Skipped: ") for reason in reasons}
    return sorted(r for r in given if not r.startswith(tuple(ACCEPTED)))


def _unexpected(reporter: pytest.TerminalReporter) -> list[str]:
    skipped = reporter.stats.get("skipped", [])
    return unexpected(report.longrepr[2] for report in skipped)


def pytest_sessionfinish(session):
    """Gives the run the exit code of a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and _unexpected(reporter):  # Processes that run tests have none.
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Names what was skipped and should not be."""
    for reason in _unexpected(terminalreporter):
        terminalreporter.write_line(f"Skipped, and must not be: {reason}", red=True)
