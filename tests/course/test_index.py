"""INDEX.md is what the sources say."""

import pytest

from dlcourse.course.cli import main
from dlcourse.course.index import entries, index_text
from dlcourse.course.public_names import public_names
from dlcourse.course.usage import names_in
from tests.paths import ROOT

PACKAGE = {
    "__init__.py": '_NAMES = {"area": "dlcourse.shapes.flat"}\n__all__ = ["__version__", *_NAMES]\n__version__ = "1"\n',
    "shapes/__init__.py": 'from dlcourse.shapes.flat import LIMIT, Circle, area\n__all__ = ["LIMIT", "area", "Circle"]',
    "shapes/flat.py": '''
LIMIT = 3
"""The largest."""

def area(x):
    """Area of a | b.

    Source: Euclid 300 BC,
            book 1
    """

class Circle:
    """Round.

    Source:  Thales
    """

def left_out(): ...
''',
    "alone.py": 'def one():\n    """One."""\ndef _two(): ...\n',
    "listed.py": 'from dlcourse.alone import one\n__all__ = ["one"]\ndef other(): ...\n',
}


@pytest.fixture
def package(course):
    for name, text in PACKAGE.items():
        path = course.root / "dlcourse" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    course("11_a", "# A", "%matplotlib inline\nfrom dlcourse import area\narea(1)")
    course("12_b", "# B", "from dlcourse import shapes as s\ns.Circle()", "area = 3  # another one\nx.Circle")
    return course


def test_names_files_sources_and_notebooks(package):
    found = {(e.package, e.name): e for e in entries(package.root)}
    assert list(found) == [
        ("dlcourse", "area"),
        ("dlcourse.alone", "one"),
        ("dlcourse.listed", "one"),
        ("dlcourse.shapes", "area"),
        ("dlcourse.shapes", "Circle"),
        ("dlcourse.shapes", "LIMIT"),
    ]
    area = found["dlcourse.shapes", "area"]
    assert (area.purpose, area.file) == ("Area of a | b.", "dlcourse/shapes/flat.py")
    assert (area.source, area.notebooks) == ("Euclid 300 BC, book 1", ("11",))
    assert found["dlcourse.shapes", "Circle"].notebooks == ("12",)
    assert found["dlcourse.shapes", "LIMIT"].purpose == "The largest."
    assert "| `area` | Area of a \\| b. | [flat.py](dlcourse/shapes/flat.py) | Euclid" in index_text(package.root)


def test_the_command_writes_checks_and_notices_a_change(package, capsys):
    assert main(["index", "--check"]) == 1
    assert main(["index"]) == 0
    assert main(["index", "--check"]) == 0
    package("13_c", "# C", "import dlcourse.shapes\ndlcourse.shapes.area(2)")
    assert main(["index", "--check"]) == 1
    assert "stale" in capsys.readouterr().out


def test_a_name_that_is_nowhere_is_refused(tmp_path):
    (tmp_path / "p" / "q").mkdir(parents=True)
    (tmp_path / "p" / "__init__.py").touch()
    (tmp_path / "p" / "q" / "__init__.py").write_text('__all__ = ["ghost"]')
    with pytest.raises(ValueError, match="ghost"):
        public_names(tmp_path / "p")


def test_a_function_named_as_its_file_is_described_by_its_own_words_and_a_constant_by_no_others(tmp_path):
    (tmp_path / "p" / "q").mkdir(parents=True)
    (tmp_path / "p" / "__init__.py").touch()
    (tmp_path / "p" / "q" / "__init__.py").write_text('from p.q.dig import DEPTH, dig\n__all__ = ["DEPTH", "dig"]')
    code = '"""About digging."""\nDEPTH = 3\nCOLOUR = "brown"\ndef dig():\n    """A hole."""\n'
    (tmp_path / "p" / "q" / "dig.py").write_text(code)
    purposes = {entry.name: entry.purpose for entry in public_names(tmp_path / "p")}
    assert purposes == {"DEPTH": "a constant", "dig": "A hole."}


def test_names_reached_through_aliases():
    code = (
        "import dlcourse as d\nimport numpy as np\n!ls\nd.plots.curves(np.ones(3))\nfrom dlcourse.a.b import c as e\n"
    )
    assert names_in(code) >= {"dlcourse.plots.curves", "dlcourse.a.b.c"}
    assert not any("ones" in name for name in names_in(code))


def test_index_is_fresh():
    assert (ROOT / "INDEX.md").read_text(encoding="utf-8") == index_text(ROOT), "write it with `dlcourse index`"


def test_index_lists_what_the_packages_export():
    import dlcourse

    rows = entries(ROOT)
    assert {"claim", "scale"} <= {entry.name for entry in rows if entry.package == "dlcourse"}
    assert {entry.name for entry in rows if entry.package == "dlcourse.course"} == set(dlcourse.course.__all__)
    assert all(entry.purpose for entry in rows)
    assert all((ROOT / entry.file).is_file() for entry in rows)
