"""Versions that a result was made with: of packages, and this code's commit."""

import importlib.metadata
import pathlib
import platform
import subprocess

MODULES = ("metanet_tf", "tensorflow", "keras", "numpy", "tensorflow_datasets")


def versions() -> dict[str, str]:
    """Returns names and versions of Python, of packages, and the commit."""
    found = {"python": platform.python_version()}
    # A module may come in one of several packages: tensorflow, tensorflow-cpu, ...
    packages = importlib.metadata.packages_distributions()
    for module in MODULES:
        found[module] = _version(packages.get(module, []))
    found["commit"] = _commit()
    return found


def _version(packages: list[str]) -> str:
    return importlib.metadata.version(packages[0]) if packages else "not installed"


def _commit() -> str:
    """The checked-out commit; empty if this file is not part of a repository."""
    this_file = pathlib.Path(__file__).resolve()
    package = this_file.parents[1]
    try:
        # A virtual environment may lie in somebody else's repository.
        _git(this_file.parent, "ls-files", "--error-unmatch", this_file.name)
        commit = _git(this_file.parent, "rev-parse", "HEAD")
        changes = _git(package, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{commit} with changes" if changes else commit


def _git(folder: pathlib.Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.strip()
