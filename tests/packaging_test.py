"""setup.py names what the package needs and nothing else."""

import ast
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "metanet_tf"
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
EXTRA_OF_PLACE = {"commands/demo.py": "demo", "demo": "demo", "server": "serve"}


def _constant(name):
    """Value of a constant of setup.py, read without running it."""
    for node in ast.parse((REPOSITORY / "setup.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise LookupError(name)


def _names(requirements):
    return {re.match(r"[\w-]+", line).group() for line in requirements}


def _required():
    return _names(_constant("REQUIREMENTS"))


def _extras(path):
    """Requirements of the extras that a file may use."""
    place = path.relative_to(PACKAGE)
    extras = {e for p, e in EXTRA_OF_PLACE.items() if place.is_relative_to(p)}
    return set().union(*(_names(_constant("EXTRAS")[extra]) for extra in extras))


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
        assert _names(_constant("EXTRAS")[extra]) <= imported


def test_data_files_are_packaged():
    patterns = _constant("PACKAGE_DATA")["metanet_tf"]
    packaged = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    files = {path for path in PACKAGE.rglob("*") if path.is_file()}
    assert {f for f in files if f.suffix not in {".py", ".pyc"}} <= packaged


def test_commands_name_functions_that_exist():
    for target in _constant("COMMANDS").values():
        module, function = target.split(":")
        source = (REPOSITORY / module.replace(".", "/")).with_suffix(".py").read_text()
        assert f"def {function}(" in source
