"""Data flows one way: a module imports only from those above it."""

import ast
import pathlib

import pytest

# From the top. Modules of one folder may import each other.
ORDER = [
    "utils",
    "model_source",
    "config",
    "data",
    "layers",
    "learners",
    "meta_information",
    "generators",
    "memory",
    "model",
    "plain_reference",
    "figures",
    "evaluation",
    "saved_model",
    "training",
    "pretrained",
    "one_shot",
    "server",
    "demo",
    "speed",
    "experiments",
    "commands",
]
# Parts further down that a function leads to. It imports them when it is called, as
# Keras Hub's `from_preset` does: a class is a door, and is made without them; and so
# is a setting of training that names a model which was trained before.
DOORS = {"model": {"pretrained"}, "training": {"pretrained"}}
PACKAGE = pathlib.Path(__file__).resolve().parent.parent / "metanet_tf"
MODULES = [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE]
MODULES += [path for path in PACKAGE.glob("*.py") if path.stem != "__init__"]


def _part(path: pathlib.Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported_parts(source: str) -> set[str]:
    """Parts of metanet_tf that a module's source imports."""
    return _parts_in(ast.walk(ast.parse(source)))


def _parts_imported_on_call(source: str) -> set[str]:
    """Parts of metanet_tf that a source imports in functions and nowhere else."""
    is_in_function: dict[ast.AST, bool] = {}
    tree = ast.parse(source)
    for parent in ast.walk(tree):  # Parents come before their children.
        is_function = isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef))
        for child in ast.iter_child_nodes(parent):
            is_in_function[child] = is_function or is_in_function.get(parent, False)
    outside = [node for node, is_in in is_in_function.items() if not is_in]
    return _imported_parts(source) - _parts_in(outside)


def _parts_in(nodes) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import: name the module in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {n.split(".")[1] for n in names if n.startswith("metanet_tf.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_from_those_above_it(path):
    part = _part(path)
    source, allowed = path.read_text(), {*ORDER[: ORDER.index(part) + 1]}
    doors = DOORS.get(part, set()) & _parts_imported_on_call(source)
    assert _imported_parts(source) <= allowed | doors


def test_both_forms_of_import_are_seen():
    source = "from metanet_tf import memory\nimport metanet_tf.training.loop\n"
    assert _imported_parts(source) == {"memory", "training"}


def test_import_in_a_function_is_told_from_one_outside():
    source = (
        "from metanet_tf import memory\n"
        "class A:\n"
        "    from metanet_tf.utils import hub\n"
        "    def f(self):\n"
        "        from metanet_tf import memory, training\n"
    )
    assert _parts_imported_on_call(source) == {"training"}
