"""The folder a run leaves behind: index.html, results.json, a page and the executed notebook for each notebook."""

import html
import json
from pathlib import Path

import nbformat

from dlcourse import __version__
from dlcourse.course.page import render_page, shell
from dlcourse.course.results import FAILURES, OK, STOPPED, WAITING, Result
from dlcourse.files import atomic_write

_SIGNS = {OK: "\u2713", STOPPED: "\u25a0", WAITING: "\u2026"} | dict.fromkeys(FAILURES, "\u2717")


class Report:
    """Keeps the folder up to date while a run goes on: every file in it is whole at any time.

    Args:
        folder: where to write.
        results: the notebooks of this run as `Result`s, waiting. What an earlier run left in the folder about other
            notebooks stays in the index, if `known` has their names.
        known: names of all notebooks that the course has, in order.
        pages: {absolute path of a notebook: file of its page}, for links between pages.
    """

    def __init__(self, folder, results, known, pages):
        self.folder, self.pages = Path(folder), pages
        rows = _earlier(self.folder) | {result.name: result for result in results}
        self.rows = {name: rows[name] for name in known if name in rows}

    def add(self, result, notebook=None, path=None):
        """Enter one finished result; with its executed `notebook`, also write its page and keep the notebook."""
        self.rows[result.name] = result
        if notebook is not None:
            with atomic_write(self.folder / "notebooks" / f"{result.name}.ipynb", "w") as file:
                nbformat.write(notebook, file)
            page = render_page(notebook, path, self._header(result), self._around(result, "bottom"), self.pages)
            with atomic_write(self.folder / result.page, "w") as file:
                file.write(page)
        self.write()

    def write(self):
        """Write index.html and results.json as things stand."""
        rows = {"dlcourse": __version__, "notebooks": [row.as_dict() for row in self.rows.values()]}
        with atomic_write(self.folder / "results.json", "w") as file:
            json.dump(rows, file, indent=1, ensure_ascii=False)
        with atomic_write(self.folder / "index.html", "w") as file:
            file.write(shell("The course", index_body(list(self.rows.values()))))

    def _header(self, result):
        where = f' at <a href="#error">{html.escape(result.why)}</a>' if result.failed and result.why else ""
        facts = [f"{result.seconds:.0f} s", claims_text(result), exercises_text(result)]
        facts = " \u00b7 ".join(fact for fact in facts if fact)
        return f'{self._around(result, "top")}\n<p class="facts">{facts} \u00b7 {_status(result)}{where}</p>'

    def _around(self, result, place):
        """Links to the index and to the pages before and after, among notebooks of the same kind."""
        row = [other for other in self.rows.values() if other.kind == result.kind]
        at = [other.name for other in row].index(result.name)
        before = row[at - 1] if at else None
        after = row[at + 1] if at + 1 < len(row) else None
        left = f'<a href="{before.page}" rel="prev">\u2190 {html.escape(before.title)}</a>' if before else ""
        right = f'<a href="{after.page}" rel="next">{html.escape(after.title)} \u2192</a>' if after else ""
        middle = '<a href="index.html">The course</a>'
        return f'<nav class="{place}"><span>{left}</span><span>{middle}</span><span>{right}</span></nav>'


def _earlier(folder):
    try:
        content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        rows = [Result.from_dict(row) for row in content["notebooks"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # none, or not ours: the index begins anew
    return {row.name: row for row in rows if row.status not in (STOPPED, WAITING) and (folder / row.page).is_file()}


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


def index_body(rows):
    """The body of index.html: a line of summary, and one table row a notebook."""
    lessons = sum(row.kind == "lesson" for row in rows)
    count = f"{lessons} notebook{'s' * (lessons != 1)}"
    count += f", {len(rows) - lessons} with solutions" if len(rows) > lessons else ""
    claims, held = sum(len(row.claims) for row in rows), sum(row.held for row in rows)
    states = {status: sum(row.status == status for row in rows) for status in (OK, *FAILURES, STOPPED, WAITING)}
    said = ", ".join(f"{n} {status}" for status, n in states.items() if n)
    summary = f"{count} \u00b7 {held} of {claims} claims held \u00b7 {said}"
    summary += f" \u00b7 {_time(sum(row.seconds for row in rows))} in all"
    heads = "<th>Notebook</th><th>Time</th><th>Claims held</th><th>Exercises</th><th>Status</th>"
    parts = [f'<table class="index"><thead><tr>{heads}</tr></thead>']
    for kind, caption in (("lesson", ""), ("solutions", "Solutions")):
        group = [row for row in rows if row.kind == kind]
        if group and caption:
            parts.append(f'<tbody class="caption"><tr><th colspan="5">{caption}</th></tr></tbody>')
        parts.append(f"<tbody>{''.join(_row(row) for row in group)}</tbody>")
    return (
        f'<main class="course">\n<h1>The course</h1>\n<p class="facts">{summary}</p>\n{"".join(parts)}</table>\n'
        f'<p class="facts">dlcourse {__version__}</p>\n</main>'
    )


def _row(row):
    title = f'<span class="number">{html.escape(row.name.removeprefix("solutions_").partition("_")[0])}</span>'
    title += html.escape(row.title)
    if row.page and row.status not in (WAITING, STOPPED):
        title = f'<a href="{html.escape(row.page)}">{title}</a>'
    claims = f"{row.held} / {len(row.claims)}" if row.claims else ""
    exercises = str(len(row.checks) or "")
    if row.kind == "solutions" and row.checks:
        exercises = f"{sum(status == 'passed' for status in row.checks.values())} / {len(row.checks)}"
    why = html.escape(row.why)
    if why and row.failed:
        why = f'<a href="{html.escape(row.page)}#error">{why}</a>'
    why = f'<span class="why">{why}</span>' if why else ""
    seconds = _time(row.seconds) if row.seconds else ""
    return (
        f'<tr><td>{title}</td><td class="n">{seconds}</td><td class="n">{claims}</td><td class="n">{exercises}</td>'
        f"<td>{_status(row)}{why}</td></tr>\n"
    )


def _status(row):
    kind = "bad" if row.failed else row.status
    return f'<span class="status {kind}">{_SIGNS[row.status]} {row.status}</span>'


def _time(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
