"""Judge an answer: put every case to it, and say what came of the first that fails."""

import dis
import re
import traceback
from dataclasses import dataclass, field

from dlcourse.exercises.compare import brief, difference

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    status:   "passed", "failed" or "not attempted"
    lines:    rows of (label, text) to show below the headline
    mutant:   the known mistake the answer behaves like, or None
    """

    status: str
    headline: str
    lines: list = field(default_factory=list)
    mutant: object = None


class _Raised:
    """An exception as an outcome, so that it can be compared and shown."""

    def __init__(self, error, answer):
        self.kind = type(error).__name__
        lines = [line.strip() for line in _ANSI.sub("", str(error)).splitlines() if line.strip()]
        if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
            lines = lines[1:]  # Keras says what is wrong on the line below
        self.text = f"{self.kind}: {lines[0] if lines else ''}"[:200].rstrip(": ") + _where(error, answer)


def grade(exercise, answer):
    """The verdict on `answer`. It never raises for what the answer is or does."""
    if _is_unfinished(answer):
        return Verdict("not attempted", "not attempted yet")
    misfit = _misfit(exercise, answer)
    if misfit:
        return Verdict("not attempted", misfit)
    if exercise.options and not (isinstance(answer, str) and answer.strip().lower() in exercise.options):
        wanted = ", ".join(repr(option) for option in exercise.options)
        return Verdict("failed", "not one of the choices", [("got", repr(answer)), ("expected", f"one of {wanted}")])
    outcomes = [_outcome(exercise, answer, case) for case in exercise.flat_cases]
    if all(outcome is ... or getattr(outcome, "kind", "") == "NotImplementedError" for outcome in outcomes):
        return Verdict("not attempted", "not attempted yet")
    failed = _first_failure(exercise, outcomes)
    if failed is None:
        n = len(exercise.flat_cases)
        return Verdict("passed", "right" if n == 1 else f"right in all {n} cases")
    place, found = failed
    lines = _describe(exercise, exercise.flat_cases[place], found)
    where = "" if len(outcomes) == 1 else f"case {place + 1} of {len(outcomes)} fails"
    if exercise.given is not None and _same(exercise, outcomes, exercise.given):
        return Verdict("not attempted", "still the code as given" + (f": {where}" if where else ""), lines)
    mutant = next((m for m in exercise.mutants if _same(exercise, outcomes, m.answer)), None)
    return Verdict("failed", where or "not right yet", lines, mutant)


def _outcome(exercise, answer, case):
    try:
        return exercise.ask(answer, case)
    except (Exception, SystemExit) as error:
        return _Raised(error, answer)


def _first_failure(exercise, outcomes):
    for place, (case, outcome) in enumerate(zip(exercise.flat_cases, outcomes, strict=True)):
        if isinstance(outcome, _Raised):
            return place, outcome.text
        if outcome is None:
            return place, "None: is a `return` missing?"
        found = difference(exercise.expected(case), outcome, exercise.rtol)
        if found is not None:
            return place, found
    return None


def _describe(exercise, case, found):
    lines = []
    if case.inputs:
        lines.append(("input", ", ".join(f"{name} = {brief(value)}" for name, value in case.inputs.items())))
    if case.inputs or exercise.probe is not None:  # a bare value would give the answer away
        lines.append(("expected", brief(exercise.expected(case))))
    return [*lines, ("got", found)]


def _same(exercise, outcomes, known):
    """Whether `known` does on every case what the answer did."""
    for case, outcome in zip(exercise.flat_cases, outcomes, strict=True):
        other = _outcome(exercise, known, case)
        if isinstance(outcome, _Raised) or isinstance(other, _Raised):
            if not (isinstance(outcome, _Raised) and isinstance(other, _Raised) and outcome.kind == other.kind):
                return False
        elif outcome is None or other is None:
            if outcome is not other:
                return False
        elif difference(other, outcome, exercise.rtol) is not None:
            return False
    return True


def _is_unfinished(answer):
    """Nothing, `...`, values of which one is still missing, or a function with an empty body."""
    if isinstance(answer, tuple | list) and any(part is None or part is ... for part in answer):
        return True
    return answer is None or answer is ... or _is_stub(answer)


def _misfit(exercise, answer):
    """A word to who hands over a function's result, or a function where a result is asked for."""
    if exercise.probe is not None or exercise.options:
        return ""
    wants_function = bool(exercise.flat_cases[0].inputs)
    if wants_function and not callable(answer):
        return f"give the function itself, without brackets: check({exercise.id!r}, my_function)"
    if not wants_function and callable(answer):
        return "give the result, not a function"
    return ""


def _is_stub(answer):
    """A function whose body is only `...` or `pass`, with or without a docstring."""
    code = getattr(answer, "__code__", None)
    if code is None:
        return False
    work = [i for i in dis.get_instructions(code) if i.opname not in ("RESUME", "NOP", "COPY_FREE_VARS")]
    if [i.opname for i in work] == ["RETURN_CONST"]:
        return work[0].argval is None
    return [i.opname for i in work] == ["LOAD_CONST", "RETURN_VALUE"] and work[0].argval is None


def _where(error, answer):
    """The deepest line of the learner's own code, as in "(line 3, in my_pinball)", after a space."""
    code = getattr(answer, "__code__", None)
    if code is None:
        return ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == code.co_filename]
    if not frames:
        return ""
    last = frames[-1]
    return f" (line {last.lineno}, in {last.name})"
