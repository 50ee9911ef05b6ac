"""pyproject.toml names what the package needs and nothing else."""

import ast
import pathlib
import re
import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "metanet_tf"
SETTINGS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
DISTRIBUTIONS = {
    "PIL": "pillow",
    "absl": "absl-py",
    "google": "protobuf",
    "prometheus_client": "prometheus-client",
    "sklearn": "scikit-learn",
    "tensorflow_datasets": "tensorflow-datasets",
}
# importlib_resources: tensorflow-datasets imports it. tensorboard: shows a run.
NOT_IMPORTED = {"importlib_resources", "tensorboard"}

# Places in the package that need an extra.
EXTRA_OF_PLACE = {
    "commands/demo.py": "demo",
    "datasets/near_duplicates.py": "inspect",
    "demo": "demo",
    "hub.py": "hub",
    "server": "serve",
}


def _names(requirements):
    return {re.match(r"[\w-]+", line).group() for line in requirements}


def _required():
    return _names(PROJECT["dependencies"])


def _extra(name):
    return _names(PROJECT["optional-dependencies"][name])


def _extras(path):
    """Requirements of the extras that a file may use."""
    place = path.relative_to(PACKAGE)
    extras = {e for p, e in EXTRA_OF_PLACE.items() if place.is_relative_to(p)}
    return set().union(*map(_extra, extras))


def _imported_packages(source):
    packages = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            packages.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
    return packages


def _imported_distributions(*paths):
    packages = set().union(*(_imported_packages(path.read_text()) for path in paths))
    packages -= {*sys.stdlib_module_names, "metanet_tf"}
    return {DISTRIBUTIONS.get(package, package) for package in packages}


def test_every_import_is_declared():
    for path in PACKAGE.rglob("*.py"):
        assert _imported_distributions(path) <= _required() | _extras(path), path


def test_every_requirement_is_imported_or_has_a_reason():
    imported = _imported_distributions(*PACKAGE.rglob("*.py")) | NOT_IMPORTED
    assert _required() <= imported
    for extra in EXTRA_OF_PLACE.values():
        assert _extra(extra) <= imported


def test_data_files_are_packaged():
    patterns = SETTINGS["tool"]["setuptools"]["package-data"]["metanet_tf"]
    packaged = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    files = {path for path in PACKAGE.rglob("*") if path.is_file()}
    assert {f for f in files if f.suffix not in {".py", ".pyc"}} <= packaged


def test_installed_commands_are_those_of_bin():
    """`metanet-NAME` and `bin/NAME` call one function, for every NAME."""
    commands = {}
    for path in (REPOSITORY / "bin").iterdir():
        (module,) = re.findall(r"^from (\S+) import main$", path.read_text(), re.M)
        commands[f"metanet-{path.name}"] = f"{module}:main"
    assert PROJECT["scripts"] == commands


def test_commands_name_functions_that_exist():
    for target in PROJECT["scripts"].values():
        module, function = target.split(":")
        source = (REPOSITORY / module.replace(".", "/")).with_suffix(".py").read_text()
        assert f"def {function}(" in source
