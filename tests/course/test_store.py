"""Storing a notebook runs it, keeps what a reader needs, and leaves the old file where a cell fails."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dlcourse.course.store import store


def write(path, *cells):
    nbformat.write(new_notebook(cells=list(cells), metadata={"widgets": {"state": {}}}), path)
    return path


def test_outputs_are_kept_and_what_differs_from_run_to_run_is_not(tmp_path):
    noise = "import sys; print('log', file=sys.stderr); print('kept'); object()"
    path = write(tmp_path / "a.ipynb", new_markdown_cell("# A"), new_code_cell(noise), new_code_cell("1 + 1"))
    store(path)
    first = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]
    kinds = [output.output_type for output in notebook.cells[1].outputs]
    assert kinds == ["stream", "execute_result"]
    assert notebook.cells[1].outputs[1].data["text/plain"] == "<object>"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    store(path)
    assert path.read_bytes() == first


def test_a_failing_cell_leaves_the_file_as_it_was(tmp_path):
    path = write(tmp_path / "a.ipynb", new_code_cell("1 / 0"))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"cell failed: cell In \[1\]: ZeroDivisionError"):
        store(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1
