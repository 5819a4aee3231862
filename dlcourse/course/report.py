"""The folder a run leaves behind: index.html, results.json, a page and the executed notebook for each notebook."""

import html
import json
from dataclasses import replace
from pathlib import Path

import nbformat

from dlcourse import __version__
from dlcourse.course.environment import environment
from dlcourse.course.overview import overview, status_html
from dlcourse.course.page import render_page, shell
from dlcourse.course.results import UNFINISHED, Result
from dlcourse.files import atomic_write


class Report:
    """Keeps the folder up to date while a run goes on: every file in it is whole at any time.

    Args:
        folder: where to write.
        results: the notebooks of this run as `Result`s, waiting. What an earlier run left in the folder stays in the
            index, if `known` has its name: about other notebooks, and about these until their new result is there.
        known: names of all notebooks that the course has, in order.
        pages: {absolute path of a notebook: file of its page}, for links between pages.
    """

    def __init__(self, folder, results, known, pages):
        self.folder, self.pages = Path(folder), pages
        self.environment, self._before = environment(), _earlier(self.folder)
        rows = self._before | {result.name: self._until_done(result) for result in results}
        self.rows = {name: rows[name] for name in known if name in rows}

    def _until_done(self, result):
        """The earlier result of a notebook, marked with the status it has in this run; else `result` as it is."""
        before = self._before.get(result.name)
        return replace(before, title=result.title, unfinished=result.status) if before else result

    def add(self, result, notebook=None, path=None):
        """Enter one finished result; with its executed `notebook`, also write its page and keep the notebook."""
        if notebook is not None:
            with atomic_write(self.folder / "notebooks" / f"{result.name}.ipynb", "w") as file:
                nbformat.write(notebook, file)
            page = render_page(notebook, path, self._header(result), self._around(result, "bottom"), self.pages)
            with atomic_write(self.folder / result.page, "w") as file:
                file.write(page)
        self.rows[result.name] = result
        self.write()

    def leave(self, result):
        """Enter a notebook that this run will not finish."""
        self.rows[result.name] = self._until_done(result)

    def finish(self):
        """Write the index a last time, and have the pages lead to pages that are there."""
        self.write()
        for result in self._with_pages():
            path = self.folder / result.page
            before = path.read_text(encoding="utf-8")
            after = self._linked_anew(before, result)
            if after != before:
                with atomic_write(path, "w") as file:
                    file.write(after)

    def write(self):
        """Write index.html and results.json as things stand."""
        rows = list(self.rows.values())
        content = {"dlcourse": __version__, "run": self.environment, "notebooks": [row.as_dict() for row in rows]}
        with atomic_write(self.folder / "results.json", "w") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
        with atomic_write(self.folder / "index.html", "w") as file:
            file.write(shell("The course", overview(rows, self.environment)))

    def _header(self, result):
        where = f' at <a href="#error">{html.escape(result.why)}</a>' if result.failed and result.why else ""
        facts = [f"{result.seconds:.0f} s", claims_text(result), exercises_text(result)]
        facts = " \u00b7 ".join(fact for fact in facts if fact)
        return f'{self._around(result, "top")}\n<p class="facts">{facts} \u00b7 {status_html(result)}{where}</p>'

    def _with_pages(self):
        done = (row for row in self.rows.values() if row.status not in UNFINISHED)
        return [row for row in done if (self.folder / row.page).is_file()]

    def _linked_anew(self, page, result):
        for place, find in (("top", str.find), ("bottom", str.rfind)):
            begin, end = find(page, f'<nav class="{place}">'), find(page, "</nav>")
            if 0 <= begin < end:
                page = page[:begin] + self._around(result, place, self._with_pages()) + page[end + len("</nav>") :]
        return page

    def _around(self, result, place, rows=None):
        """Links to the index, to the lesson or its solutions, and to the pages before and after of the same kind."""
        rows = list(self.rows.values()) if rows is None else rows
        row = [other for other in rows if other.kind == result.kind]
        at = [other.name for other in row].index(result.name)
        before = row[at - 1] if at else None
        after = row[at + 1] if at + 1 < len(row) else None
        twin = next((other for other in rows if other.number == result.number and other.kind != result.kind), None)
        left = f'<a href="{before.page}" rel="prev">\u2190 {html.escape(before.title)}</a>' if before else ""
        right = f'<a href="{after.page}" rel="next">{html.escape(after.title)} \u2192</a>' if after else ""
        middle = '<a href="index.html">The course</a>'
        if twin:
            middle += f' \u00b7 <a href="{twin.page}">{"Solutions" if twin.kind == "solutions" else "The lesson"}</a>'
        return f'<nav class="{place}"><span>{left}</span><span>{middle}</span><span>{right}</span></nav>'


def _earlier(folder):
    try:
        content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        rows = [Result.from_dict(row) for row in content["notebooks"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # none, or not ours: the index begins anew
    kept = [row for row in rows if row.status not in UNFINISHED and (folder / row.page).is_file()]
    return {row.name: replace(row, unfinished="") for row in kept}


def claims_text(result):
    """How many claims held, in words: "12 claims held", "3 of 4 claims held", or "" where there are none."""
    if not result.claims:
        return ""
    of = "" if result.held == len(result.claims) else f"{result.held} of "
    return f"{of}{len(result.claims)} claim{'s' * (len(result.claims) != 1)} held"


def exercises_text(result):
    """How many exercises a notebook has, or how many its solutions solve; "" where there are none."""
    if not result.checks:
        return ""
    count, passed = len(result.checks), sum(status == "passed" for status in result.checks.values())
    if result.kind == "solutions":
        return f"{passed} of {count} exercises solved"
    return f"{count} exercise{'s' * (count != 1)}"
