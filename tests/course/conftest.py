"""A small course of notebooks without Keras, made where a test needs it."""

import json
from types import SimpleNamespace

import nbformat
import pytest

import dlcourse.exercises

CHECKED = """
from IPython.display import display
for key, status in {rows!r}:
    data = {{"text/plain": key, "application/vnd.dlcourse.check+json": {{"id": key, "status": status}}}}
    display(data, raw=True)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """`course("11_ok", "# Title", "x = 1", solutions=False)` writes a notebook; the test works in the course's root."""
    (tmp_path / "notebooks" / "solutions").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DLCOURSE_PROGRESS", raising=False)

    def write(name, markdown, *codes, solutions=False):
        cells = [nbformat.v4.new_markdown_cell(markdown), *map(nbformat.v4.new_code_cell, codes)]
        folder = tmp_path / "notebooks" / ("solutions" if solutions else "")
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
        return folder / f"{name}.ipynb"

    write.root = tmp_path
    write.out = tmp_path / "build" / "course"
    return write


@pytest.fixture
def checked():
    """`checked(("11.1", "passed"))` is a cell that shows what exercise checks show."""
    return lambda *rows: CHECKED.format(rows=list(rows))


@pytest.fixture
def lessons(course, monkeypatch):
    """The same course with three notebooks, three exercises and some progress in them."""
    course("00_welcome", "some words\n\n## Welcome, `reader`", "x = 1")
    course("11_perceptron", "# The perceptron", "x = 1")
    course("12_linear", "# Linear models", "x = 1")
    exercises = [SimpleNamespace(id=key, title="t") for key in ("11.1", "11.2", "12.1")]
    monkeypatch.setattr(dlcourse.exercises, "list_exercises", lambda: exercises)
    progress = {"11.1": {"tries": 3, "passed": True}, "12.1": {"tries": 1, "passed": False}}
    (course.root / "home").mkdir()
    (course.root / "home" / "progress.json").write_text(json.dumps({"version": 1, "exercises": progress}))
    return course
