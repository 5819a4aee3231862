"""What a run wrote, read back."""

import json

from bs4 import BeautifulSoup


def rows(course):
    """{name: row} of results.json."""
    content = json.loads((course.out / "results.json").read_text())
    return {row["name"]: row for row in content["notebooks"]}


def links(course, page):
    """Where the links of a page lead, in order."""
    return [a["href"] for a in BeautifulSoup((course.out / page).read_text(), "html.parser").select("a[href]")]
