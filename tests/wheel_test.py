"""A wheel holds all that the package needs, and works outside the checkout."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

import metanet_tf

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
PROJECT_FILES = ["LICENSE", "README.md", "pyproject.toml", "setup.py"]
# A taught picture names itself.
PROGRAM = """
import sys
import numpy as np
import metanet_tf
from metanet_tf import OneShotClassifier, load_pretrained
assert metanet_tf.__file__.startswith(sys.argv[1]), metanet_tf.__file__
assert load_pretrained("omniglot").count_params() > 0
pictures = np.full([3, 40, 40], 255, np.uint8)
pictures[0, 5:35, 19:22] = 0
pictures[1, 10:30, 10:30] = np.where(np.eye(20, dtype=bool), 0, 255)
pictures[2, 10:30, 10:13] = pictures[2, 27:30, 10:30] = 0
classifier = OneShotClassifier().fit(pictures, ["bar", "slope", "corner"])
print(*classifier.predict(pictures))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that `python -m build` makes of the source archive that it makes."""
    source = tmp_path_factory.mktemp("source")
    for name in PROJECT_FILES:
        shutil.copy(REPOSITORY / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "metanet_tf", source / "metanet_tf", ignore=ignored)
    # Without isolation nothing is downloaded.
    command = [sys.executable, "-m", "build", "--no-isolation", str(source)]
    built = subprocess.run(command, capture_output=True, text=True, cwd=source)
    assert built.returncode == 0, built.stderr
    (path,) = (source / "dist").glob("*.whl")
    return path


def test_wheel_has_the_version_of_the_package(wheel):
    assert wheel.name == f"metanet_tf-{metanet_tf.__version__}-py3-none-any.whl"


def test_wheel_holds_every_module_and_every_data_file(wheel):
    package = REPOSITORY / "metanet_tf"
    paths = [p for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    expected = {path.relative_to(REPOSITORY).as_posix() for path in paths}
    held = {
        name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name
    }
    assert held == expected
    for name in (
        "presets/omniglot.flags",
        "pretrained/omniglot/model.weights.h5",
        "demo/static/index.html",
    ):
        assert f"metanet_tf/{name}" in held


def test_wheel_works_outside_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    answered = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert answered.returncode == 0, answered.stderr
    assert answered.stdout.split() == ["bar", "slope", "corner"]
