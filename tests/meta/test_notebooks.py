"""What every stored notebook keeps: a clean run from top to bottom, and nothing of the machine it ran on."""

import json
import re
from itertools import pairwise

import nbformat
import pytest

from dlcourse.course.claims import read_claims
from dlcourse.course.page import math_failures
from tests.paths import NOTEBOOKS

WALKTHROUGHS = sorted(NOTEBOOKS.glob("*.ipynb"))
ALL = WALKTHROUGHS + sorted(NOTEBOOKS.glob("solutions/*.ipynb"))
every = pytest.mark.parametrize("path", ALL, ids=lambda p: str(p.relative_to(NOTEBOOKS)))
walkthrough = pytest.mark.parametrize("path", WALKTHROUGHS, ids=lambda p: p.name)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def texts(path):
    """All text of a notebook's outputs, as stored."""
    return json.dumps([cell.outputs for cell in code_cells(path)])


@every
def test_it_is_valid_and_its_cell_ids_are_unique(path):
    notebook = read(path)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@every
def test_it_was_run_once_from_top_to_bottom(path):
    assert [cell.execution_count for cell in code_cells(path)] == list(range(1, len(code_cells(path)) + 1))


@every
def test_no_output_is_an_error_a_warning_or_a_log(path):
    outputs = [output for cell in code_cells(path) for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert not [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert not re.search(r"\w+Warning:", texts(path))


@every
def test_it_tells_nothing_of_the_machine(path):
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert not re.search(r"/(home|root|tmp|work|Users|usr)/|[A-Z]:\\\\|0x[0-9a-f]{6,}", json.dumps(notebook))


@every
def test_it_is_small(path):
    assert path.stat().st_size < 1_000_000


@every
def test_cells_that_may_fail_silently_are_not_used(path):
    tags = {tag for cell in read(path).cells for tag in cell.metadata.get("tags", ())}
    assert not tags & {"raises-exception", "nbval-skip", "nbval-ignore-output"}


@every
def test_every_formula_can_be_shown_offline(path):
    assert math_failures(read(path)) == []


@every
def test_no_line_in_a_paragraph_begins_like_a_list(path):
    """A line that begins with "+ 1$" or "2019. " becomes a list, and tears a formula apart."""
    item = re.compile(r"\s*([+*-]|\d+\.)\s")
    lines = prose(path).splitlines()
    torn = [
        line
        for before, line in pairwise(lines)
        if item.match(line) and before.strip() and not item.match(before) and not before.startswith(" ")
    ]
    assert not torn, "leave a line free before a list, or break the paragraph elsewhere"


@every
def test_pictures_and_scripts_come_from_nowhere_else(path):
    assert not re.search(r"(src=|!\[[^\]]*\]\()\W*https?:", prose(path) + texts(path))


@walkthrough
def test_it_is_a_lesson(path):
    cells, words = read(path).cells, prose(path)
    assert len(cells) <= 40
    assert all(len(cell.source.splitlines()) <= 25 for cell in code_cells(path))
    assert words.startswith("# ") and "**After this lesson you can**" in words
    for part in ("Predict first", "The idea", "get wrong", "Recall", "Exercises"):
        assert re.search(rf"^## .*{part}", words, re.MULTILINE), part
    assert "**Summary.**" in words and "**Further reading.**" in words
    assert len(re.findall("<details>", words)) >= 5


@walkthrough
def test_it_claims_and_asks_enough(path):
    claims = read_claims(read(path))
    assert len(claims) >= 6 and all(found.held for found in claims)
    checks = re.findall(r'^check\("(\d\d\.\d+)"', "\n".join(cell.source for cell in code_cells(path)), re.MULTILINE)
    assert len(checks) >= 4 and checks == [f"{path.name[:2]}.{n}" for n in range(1, len(checks) + 1)]
    assert "find the bug" in prose(path).lower()


@walkthrough
def test_it_has_its_solutions(path):
    solutions = NOTEBOOKS / "solutions" / path.name
    assert solutions.exists()
    checks = re.findall(
        r'^assert check\("(\d\d\.\d+)"', "\n".join(c.source for c in code_cells(solutions)), re.MULTILINE
    )
    assert checks == [f"{path.name[:2]}.{n}" for n in range(1, len(checks) + 1)] and len(checks) >= 4


def test_solutions_belong_to_a_walkthrough():
    assert {p.name for p in ALL if p.parent.name == "solutions"} == {p.name for p in WALKTHROUGHS}
