"""A docstring begins with a verb or a noun: a reader sees at once what a thing is."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = [
    path
    for folder in ("metanet_tf", "benchmarks", "examples", "tests")
    for path in ROOT.glob(f"{folder}/**/*.py")
]
NO_BEGINNINGS = {
    "As",
    "For",
    "From",
    "How",
    "Of",
    "So",
    "That",
    "These",
    "Those",
    "What",
    "When",
    "Where",
    "Whether",
    "Which",
    "Who",
    "Whose",
    "Why",
}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _first_words(source: str) -> list[str]:
    """First word of each docstring of a module's source."""
    nodes = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, DOCUMENTED)
    ]
    docstrings = [ast.get_docstring(node) for node in nodes]
    return [text.split(maxsplit=1)[0].strip(",:;.") for text in docstrings if text]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_docstrings_begin_with_a_verb_or_a_noun(path):
    assert not NO_BEGINNINGS.intersection(_first_words(path.read_text()))


def test_docstrings_of_all_kinds_are_seen():
    source = (
        '"""Module."""\n'
        "class A:\n"
        '    """Class."""\n'
        "    async def f(self):\n"
        '        """Whether, of a method."""\n'
        "        def g():\n"
        '            """Inner."""\n'
    )
    assert set(_first_words(source)) == {"Module", "Class", "Whether", "Inner"}
