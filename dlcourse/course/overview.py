"""The overview of the course as HTML: one row a notebook, what the last run ran with, and how it went."""

import html
from datetime import datetime

from dlcourse import __version__
from dlcourse.course.results import FAILURES, NOT_RUN, OK, STATUSES, STOPPED, UNFINISHED, WAITING

_SIGNS = {OK: "\u2713", STOPPED: "\u25a0", NOT_RUN: "\u00b7", WAITING: "\u2026"} | dict.fromkeys(FAILURES, "\u2717")
_HEADS = ("Notebook", "Time", "Claims held", "Exercises", "Status")


def overview(rows, environment):
    """The body of index.html: a line of summary, a table of `rows` (`Result`s), and what `environment()` said."""
    lessons = sum(row.kind == "lesson" for row in rows)
    count = f"{lessons} notebook{'s' * (lessons != 1)}"
    count += f", {len(rows) - lessons} with solutions" if len(rows) > lessons else ""
    claims, held = sum(len(row.claims) for row in rows), sum(row.held for row in rows)
    states = {status: sum((row.unfinished or row.status) == status for row in rows) for status in STATUSES}
    said = ", ".join(f"{n} {status}" for status, n in states.items() if n)
    summary = f"{count} \u00b7 {held} of {claims} claims held \u00b7 {said}"
    summary += f" \u00b7 {_time(sum(row.seconds for row in rows))} in all"
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    parts = [f'<table class="index"><thead><tr>{heads}</tr></thead>']
    for kind, caption in (("lesson", ""), ("solutions", "Solutions")):
        group = [row for row in rows if row.kind == kind]
        if group and caption:
            parts.append(f'<tbody class="caption"><tr><th colspan="{len(_HEADS)}">{caption}</th></tr></tbody>')
        parts.append(f"<tbody>{''.join(_row(row) for row in group)}</tbody>")
    return (
        f'<main class="course">\n<h1>The course</h1>\n<p class="facts">{summary}</p>\n{"".join(parts)}</table>\n'
        f'<p class="facts">{_made_with(environment)}</p>\n</main>'
    )


def status_html(row):
    """The status of a `Result` with its sign, for a page; grey where it is from a run before the last one."""
    kind = "earlier" if row.unfinished else "bad" if row.failed else row.status.replace(" ", "-")
    return f'<span class="status {kind}">{_SIGNS[row.status]} {row.status}</span>'


def _made_with(environment):
    facts = [f"Python {environment['python']}", f"Keras {environment['keras']}" if environment["keras"] else "no Keras"]
    facts += [f"backend {environment['backend']}", f"scale {environment['scale']}"]
    return html.escape(f"dlcourse {__version__} \u00b7 last run with {', '.join(facts)}")


def _row(row):
    title = f'<span class="number">{html.escape(row.number)}</span>{html.escape(row.title)}'
    if row.page and row.status not in UNFINISHED:
        title = f'<a href="{html.escape(row.page)}">{title}</a>'
    claims = f"{row.held} / {len(row.claims)}" if row.claims else ""
    exercises = str(len(row.checks) or "")
    if row.kind == "solutions" and row.checks:
        exercises = f"{sum(status == 'passed' for status in row.checks.values())} / {len(row.checks)}"
    why = html.escape(row.why)
    if why and row.failed:
        why = f'<a href="{html.escape(row.page)}#error">{why}</a>'
    when = [_when(row.when), f"from an earlier run; {row.unfinished} in this one" if row.unfinished else ""]
    notes = [why, " \u00b7 ".join(filter(None, when))]
    notes = "".join(f'<span class="why">{note}</span>' for note in notes if note)
    cells = [_time(row.seconds) if row.seconds else "", claims, exercises]
    cells = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f"<tr><td>{title}{notes}</td>{cells}<td>{status_html(row)}</td></tr>\n"


def _when(iso):
    """The time of a run to the minute, as the clock on the wall there showed it."""
    try:
        return f'<time datetime="{html.escape(iso)}">{datetime.fromisoformat(iso):%Y-%m-%d %H:%M}</time>'
    except ValueError:
        return ""


def _time(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
