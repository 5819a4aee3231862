"""What every file of the package keeps: one idea, its length, its docstrings."""

import ast

import pytest

from tests.meta import source
from tests.paths import ROOT

TESTS = sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", source.FILES + TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_has_at_most_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", source.FILES, ids=source.module_name)
def test_a_file_defines_at_most_five_public_things(path):
    assert len(source.public_definitions(path)) <= 5, [node.name for node in source.public_definitions(path)]


@pytest.mark.parametrize("path", source.FILES, ids=source.module_name)
def test_modules_and_public_definitions_have_docstrings(path):
    missing = [] if ast.get_docstring(source.tree(path)) else ["the module"]
    for node in source.public_definitions(path):
        if not ast.get_docstring(node):
            missing.append(node.name)
    assert missing == []


@pytest.mark.parametrize("path", source.FILES, ids=source.module_name)
def test_a_function_takes_at_most_six_arguments(path):
    long = []
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args + node.args.kwonlyargs if a.arg not in ("self", "cls")]
            keras_ones = {"name", "reduction", "dtype", "ignore_class", "from_logits"}  # every Keras class takes these
            if len([n for n in names if n not in keras_ones]) > 6:
                long.append(f"{node.name}({', '.join(names)})")
    assert long == []


@pytest.mark.parametrize("path", source.FILES, ids=source.module_name)
def test_the_library_raises_and_does_not_assert(path):
    asserts = [node.lineno for node in ast.walk(source.tree(path)) if isinstance(node, ast.Assert)]
    assert asserts == []
