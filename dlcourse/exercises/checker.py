"""`check("11.2", answer)`: judge an answer on the spot, show what fails, give one more hint at each try."""

import html
import warnings
from dataclasses import dataclass, field

from dlcourse.display import display
from dlcourse.exercises.grade import grade
from dlcourse.exercises.progress import record
from dlcourse.exercises.registry import find

CHECK_MIME = "application/vnd.dlcourse.check+json"

_MARKS = {"passed": ("\u2713", "#00704f"), "failed": ("\u2717", "#b3261e"), "not attempted": ("\u25cb", "#5f6368")}
_tries_unsaved = {}  # counts kept for this process where the progress file cannot be written


@dataclass(frozen=True)
class Result:
    """What a check showed; true where the answer passed."""

    id: str
    title: str
    status: str
    headline: str
    lines: list = field(default_factory=list)
    hints: list = field(default_factory=list)

    def __bool__(self):
        return self.status == "passed"

    def rows(self):
        """(label, text) for each line below the headline."""
        return [*self.lines, *(("hint", hint) for hint in self.hints)]

    def __str__(self):
        mark = _MARKS[self.status][0]
        rows = [f"    {label:<10} {text}" for label, text in self.rows()]
        return "\n".join([f"{mark} {self.id} {self.title}: {self.headline}", *rows])

    def _ipython_display_(self):
        """`check` has shown it already: as the last line of a cell it is not shown twice."""


class _Shown:
    """The displayed form of a result."""

    def __init__(self, result):
        self.result = result

    def __str__(self):
        return str(self.result)

    def _repr_mimebundle_(self, include=None, exclude=None):
        result = self.result
        mark, colour = _MARKS[result.status]
        title = f"{html.escape(result.id)} {html.escape(result.title)}"
        rows = "".join(
            f'<tr><td style="text-align:left;vertical-align:top;color:#5f6368;white-space:nowrap">{label}</td>'
            f'<td style="text-align:left;white-space:pre-wrap">{html.escape(text)}</td></tr>'
            for label, text in result.rows()
        )
        table = f'<table style="margin:0.3em 0 0 1.2em;border:none">{rows}</table>' if rows else ""
        head = f'<b style="color:{colour}">{mark} {title}</b>: {html.escape(result.headline)}'
        payload = {"id": result.id, "status": result.status, "hints": len(result.hints)}
        return {"text/plain": str(result), "text/html": f"<div>{head}{table}</div>", CHECK_MIME: payload}


def check(exercise_id, answer):
    """Judge `answer` to the exercise `exercise_id` and show the verdict at once.

    A wrong or unfinished answer never raises: `...`, None and an empty function count as not attempted; what an
    answer raises is shown in one line. A failure shows the first case that fails and one more hint at each try;
    a known mistake is met by the hint meant for it.

    Args:
        exercise_id: "<notebook>.<n>", as in "11.2".
        answer: a function, array, number, choice ("a") or model, as the exercise asks.

    Returns:
        a `Result`, true where the answer passed.

    Raises:
        ValueError: there is no such exercise, the message names the nearest ids; or the id is no text.
    """
    if not isinstance(exercise_id, str):
        raise ValueError(f"there is no exercise {exercise_id!r}: an id is text. Write check('{exercise_id}', ...).")
    exercise = find(exercise_id.strip())
    verdict = grade(exercise, answer)
    lines, hints = list(verdict.lines), []
    if verdict.status != "not attempted":
        tries, trouble = _count(exercise.id, verdict.status == "passed")
        if verdict.status == "failed":
            if verdict.mutant is not None:
                lines.append(("looks like", verdict.mutant.name))
            hints = _hints(exercise, verdict.mutant)[:tries]
        if trouble:
            lines.append(("note", trouble))
    result = Result(exercise.id, exercise.title, verdict.status, verdict.headline, lines, hints)
    display(_Shown(result))
    return result


def _count(exercise_id, passed):
    """How many tries there have been, and what is wrong with the file that keeps them."""
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            tries = record(exercise_id, passed)
        return tries, " ".join(str(warning.message) for warning in said)
    except OSError as error:
        _tries_unsaved[exercise_id] = _tries_unsaved.get(exercise_id, 0) + 1
        return _tries_unsaved[exercise_id], f"progress is not saved: {error}"


def _hints(exercise, mutant):
    """The hints in the order they are given: the one meant for a known mistake comes first."""
    if mutant is None:
        return exercise.hints
    meant = exercise.hints[mutant.hint]
    return [meant, *(hint for hint in exercise.hints if hint != meant)]
