"""Links in Markdown lead somewhere."""

import re
from urllib.parse import unquote

import nbformat
import pytest

from tests.paths import NOTEBOOKS, ROOT

PAGES = sorted(p for p in ROOT.glob("*.md")) + sorted(ROOT.glob("data/*.md"))
BOOKS = sorted(NOTEBOOKS.rglob("*.ipynb"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)")
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def text(path):
    if path.suffix == ".md":
        return FENCED.sub("", path.read_text(encoding="utf-8"))
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def anchors(path):
    """GitHub's anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def broken(path):
    """Relative links of `path` that lead to no file, or to no heading of it."""
    found = []
    for target in LINK.findall(text(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / unquote(name)).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            found.append(target)
    return found


@pytest.mark.parametrize("path", PAGES + BOOKS, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_to_a_file_and_a_heading(path):
    assert broken(path) == []


def test_a_broken_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One thing\n[a](#one-thing) [b](#two) [c](none.md) [d](page.md#one-thing) [e](https://x.y)")
    assert broken(page) == ["#two", "none.md"]
