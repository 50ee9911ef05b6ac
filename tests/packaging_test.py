"""pyproject.toml names what the package needs and nothing else."""

import ast
import pathlib
import re
import runpy
import sys

from packaging.requirements import Requirement

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
    "grpc": "grpcio",
    "prometheus_client": "prometheus-client",
    "sklearn": "scikit-learn",
    "tensorflow_datasets": "tensorflow-datasets",
    "tensorflow_serving": "tensorflow-serving-api",
}
# importlib_resources: tensorflow-datasets imports it. tensorboard: shows a run.
NOT_IMPORTED = {"importlib_resources", "tensorboard"}

# Places in the package that need an extra.
EXTRA_OF_PLACE = {
    "commands/demo.py": "demo",
    "data/near_duplicates.py": "inspect",
    "demo": "demo",
    "utils/hub.py": "hub",
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


LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
LOCKED = re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)


def test_lock_names_a_good_version_of_all_that_the_tests_need():
    for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        requirement = Requirement(line)
        versions = [v for name, v in LOCKED if name == _canonical(requirement.name)]
        assert versions, line
        assert all(requirement.specifier.contains(v) for v in versions), line


def test_every_locked_version_has_hashes_and_no_host():
    entries = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(LOCKED) > 100
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in LOCK


def test_page_of_licences_names_every_package_that_is_brought():
    listed = dict(re.findall(r"^\| ([\w.-]+) \| (.+?) \|$", LICENCES, re.MULTILINE))
    namespace = runpy.run_path(str(REPOSITORY / "docs" / "list_licences.py"))
    needed = {*namespace["needed"]("metanet_tf", namespace["EXTRAS"])} - {"metanet-tf"}
    assert needed <= listed.keys()
    assert not any(re.search(r"\bA?GPL", licence) for licence in listed.values())


LICENCES = (REPOSITORY / "docs" / "licences.md").read_text(encoding="utf-8")


def _canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()
