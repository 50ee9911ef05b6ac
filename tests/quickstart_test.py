"""The notebook runs from its first cell to its last."""

import pathlib

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOK = REPOSITORY / "examples" / "quickstart.ipynb"
CELL_SECONDS = 300


def _read():
    return nbformat.read(NOTEBOOK, as_version=4)


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _shown(cell, kind):
    return [o.data[kind] for o in cell.outputs if kind in o.get("data", {})]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after it ran, with little training, in a folder of its own."""
    notebook = _read()
    (index,) = (
        index
        for index, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    )
    folder = str(tmp_path_factory.mktemp("quickstart"))
    short = nbformat.v4.new_code_cell(f"STEPS, FOLDER = 2, {folder!r}")
    notebook.cells.insert(index + 1, short)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(REPOSITORY))
        environment.setenv("IPYTHONDIR", folder)
        place = {"metadata": {"path": str(NOTEBOOK.parent)}}
        return NotebookClient(notebook, timeout=CELL_SECONDS, resources=place).execute()


def _cell(notebook, text):
    (found,) = (cell for cell in _code(notebook) if text in cell.source)
    return found


def test_queries_are_named(executed):
    (output,) = _cell(executed, "{path.name").outputs
    rows = [line.split() for line in output.text.splitlines()]
    assert len(rows) == 13
    for file, *name in rows:
        sign = file.removesuffix(".png").split("_")[0]
        assert name == (["none", "of", "these"] if sign == "star" else [sign])


def test_a_class_is_added(executed):
    (text,) = _shown(_cell(executed, "partial_fit"), "text/plain")
    assert "star" in text


def test_explanation_is_drawn(executed):
    assert len(_shown(_cell(executed, "explain("), "image/png")) == 1


def test_exported_model_names_a_picture(executed):
    (text,) = _shown(_cell(executed, "serving_default"), "text/plain")
    assert "b'arrow'" in text


def test_own_model_is_trained_and_answers(executed):
    printed = [o.text for o in _cell(executed, "train_and_test(config").outputs]
    assert "after 2 steps" in "".join(printed)
    assert len(_shown(_cell(executed, "from_train_dir"), "text/plain")) == 1


def test_notebook_is_kept_without_outputs():
    for cell in _code(_read()):
        assert not cell.outputs and cell.execution_count is None
