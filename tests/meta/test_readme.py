"""The README tells the truth: its examples run, its picture is the course's own, its map is complete."""

import base64
import re

import nbformat
import pytest

from tests.paths import NOTEBOOKS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
BOOKS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("code", EXAMPLES, ids=["loss", "curvature", "run", "seeds", "data set", "exercise"])
def test_the_examples_run(code, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "<README>", "exec"), {"__name__": "__main__"})
    shown = capsys.readouterr().out
    for expected in re.findall(r"^print.*  # ([\d.]+)$", code, re.MULTILINE):
        assert shown.splitlines()[0] == expected
    assert shown


def test_the_exercise_shown_is_met_by_its_hint(capsys):
    exec(EXAMPLES[5], {})
    shown = capsys.readouterr().out
    assert "11.1" in shown and "expected" in shown and "hint " in shown


def test_the_picture_is_one_that_a_notebook_made():
    (name,) = re.findall(r"!\[[^\]]*\]\((\S+\.png)\)", README)
    pictures = {
        base64.b64decode(output["data"]["image/png"])
        for cell in nbformat.read(NOTEBOOKS / "11_perceptron.ipynb", as_version=4).cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    }
    assert (ROOT / name).read_bytes() in pictures, "copy the picture anew from the stored notebook"


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.name)
def test_the_map_names_every_notebook_and_how_long_it_takes(path):
    assert re.search(rf"^\| \[.*\]\(notebooks/{path.name}\) \| .* \| \d+ s \|$", README, re.MULTILINE)


def test_the_map_names_nothing_that_does_not_exist():
    assert len(re.findall(r"^\| \[\d\d ", README, re.MULTILINE)) == len(BOOKS)
