"""Every exercise of the course: its solution passes, its stub runs and fails, each seeded mistake meets its hint."""

import re
from collections import Counter

import nbformat
import pytest

from dlcourse.exercises import check, list_exercises
from dlcourse.exercises.progress import read_progress, reset_progress
from dlcourse.exercises.registry import chapters
from tests.paths import NOTEBOOKS

EXERCISES = list_exercises()
CHECK_CALL = re.compile(r'check\(\s*"(\d\d\.\d+)"')


def notebook_of(exercise_id, folder):
    (path,) = folder.glob(f"{exercise_id[:2]}_*.ipynb")
    return nbformat.read(path, as_version=4)


def exercise_cells(notebook):
    """{id: source of the code cell that checks it}"""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return {match: source for source in sources for match in CHECK_CALL.findall(source)}


def run_cell(notebook, source, monkeypatch):
    """Run the notebook's first code cell (its imports), then `source`; returns the checks it made."""
    seen = []

    def spy(exercise_id, answer):
        seen.append(check(exercise_id, answer))
        return seen[-1]

    monkeypatch.setattr("dlcourse.exercises.check", spy)
    space = {"__name__": "__main__"}
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for code in (first, source):
        exec(compile(code, "<cell>", "exec"), space)
    return seen


def test_ids_are_unique_and_belong_to_their_notebook():
    assert max(Counter(e.id for e in EXERCISES).values()) == 1
    for chapter in chapters():
        ids = [e.id for e in list_exercises(chapter)]
        assert ids == [f"{chapter}.{n}" for n in range(1, len(ids) + 1)]


@pytest.mark.parametrize("folder", [NOTEBOOKS, NOTEBOOKS / "solutions"], ids=["walkthrough", "solution"])
@pytest.mark.parametrize("chapter", chapters())
def test_notebook_and_package_name_the_same_exercises(chapter, folder):
    cells = exercise_cells(notebook_of(chapter, folder))
    assert sorted(cells) == [e.id for e in list_exercises(chapter)]
    assert all(len(CHECK_CALL.findall(source)) == 1 for source in cells.values())


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_solution_passes(exercise, monkeypatch):
    notebook = notebook_of(exercise.id, NOTEBOOKS / "solutions")
    (result,) = run_cell(notebook, exercise_cells(notebook)[exercise.id], monkeypatch)
    assert result.id == exercise.id and result.status == "passed", str(result)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_stub_runs_and_fails_only_its_own_check(exercise, monkeypatch):
    notebook = notebook_of(exercise.id, NOTEBOOKS)
    (result,) = run_cell(notebook, exercise_cells(notebook)[exercise.id], monkeypatch)
    assert result.id == exercise.id and result.status == "not attempted", str(result)
    assert read_progress() == {}


@pytest.mark.parametrize(
    "exercise, mutant", [(e, m) for e in EXERCISES for m in e.mutants], ids=lambda x: getattr(x, "id", None) or x.name
)
def test_every_mutant_fails_and_meets_its_hint(exercise, mutant):
    reset_progress()
    result = check(exercise.id, mutant.answer)
    assert result.status == "failed", str(result)
    assert result.hints == [exercise.hints[mutant.hint]]
    assert ("looks like", mutant.name) in result.lines


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_hints_run_out_gracefully_and_repeats_change_nothing(exercise):
    shown = [len(check(exercise.id, exercise.mutants[0].answer).hints) for _ in range(len(exercise.hints) + 2)]
    assert shown == [min(n, len(exercise.hints)) for n in range(1, len(exercise.hints) + 3)]


def test_checks_work_in_any_order_and_from_copied_cells(monkeypatch):
    for exercise in reversed(EXERCISES):
        notebook = notebook_of(exercise.id, NOTEBOOKS / "solutions")
        source = exercise_cells(notebook)[exercise.id]
        assert all(run_cell(notebook, f"{source}\n{source}", monkeypatch))
