"""Data flows one way: a module imports only from those above it."""

import ast
import pathlib

import pytest

# From the top. Modules of one folder may import each other.
ORDER = [
    "errors",
    "files",
    "chunks",
    "draws",
    "version_folders",
    "model_source",
    "versions",
    "threads",
    "flag_settings",
    "config",
    "datasets",
    "distortions",
    "episodes",
    "layers",
    "learners",
    "meta_information",
    "generators",
    "memory",
    "views",
    "model",
    "calibration",
    "evaluation",
    "rejection",
    "serving",
    "training",
    "pretrained",
    "one_shot",
    "server",
    "demo",
    "benchmark",
    "experiments",
    "commands",
]
PACKAGE = pathlib.Path(__file__).resolve().parent.parent / "metanet_tf"
MODULES = [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE]
MODULES += [path for path in PACKAGE.glob("*.py") if path.stem != "__init__"]


def _part(path: pathlib.Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_parts(source: str) -> set[str]:
    """Parts of metanet_tf that a module's source imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import: name the module in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {n.split(".")[1] for n in names if n.startswith("metanet_tf.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_from_those_above_it(path):
    part = _part(path)
    allowed = ORDER[: ORDER.index(part) + 1]
    assert _imported_parts(path.read_text()) <= set(allowed)


def test_both_forms_of_import_are_seen():
    source = "from metanet_tf import memory\nimport metanet_tf.training.loop\n"
    assert _imported_parts(source) == {"memory", "training"}
