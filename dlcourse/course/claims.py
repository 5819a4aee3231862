"""A claim is a sentence of the course that a run has to make true."""

import html
import json
from dataclasses import asdict, dataclass

from dlcourse.display import display

CLAIM_MIME = "application/vnd.dlcourse.claim+json"


@dataclass(frozen=True)
class Claim:
    """One claim as it was found: its text, whether it held, and the figures beside it."""

    text: str
    held: bool
    detail: str = ""

    def __str__(self):
        mark = "\u2713" if self.held else "\u2717"
        return f"{mark} {self.text}" + (f"  ({self.detail})" if self.detail else "")

    def _repr_mimebundle_(self, include=None, exclude=None):
        colour = "#00704f" if self.held else "#b3261e"
        mark = "&#10003;" if self.held else "&#10007;"
        figures = f' <span style="color:#5f6368">({html.escape(self.detail)})</span>' if self.detail else ""
        return {
            "text/plain": str(self),
            "text/html": f'<div><b style="color:{colour}">{mark}</b> {html.escape(self.text)}{figures}</div>',
            CLAIM_MIME: asdict(self),
        }


def claim(text, condition, detail=""):
    """Show one line with a tick and its figures; raise if the claim is false.

    Args:
        text: the claim in words, as the prose makes it.
        condition: one truth value (a bool, a NumPy bool or a scalar tensor).
        detail: the figures it rests on, shown whether it holds or not.

    Raises:
        AssertionError: the claim is false; the message carries the figures.
        ValueError: `text` is empty, or `condition` is not a single truth value.

    >>> claim("a half is less than one", 0.5 < 1, detail="0.5 < 1")
    \u2713 a half is less than one  (0.5 < 1)
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"claim needs its sentence first, got {text!r}. Write claim('what holds', condition, detail).")
    found = Claim(text.strip(), _truth(condition), str(detail))
    display(found)
    if not found.held:
        raise AssertionError(f"claim does not hold: {found.text}" + (f" ({found.detail})" if found.detail else ""))


def _truth(condition):
    if condition is None or isinstance(condition, str):
        raise ValueError(f"a claim's condition is a single truth value, got {condition!r}. Compare something first.")
    shape = getattr(condition, "shape", ())
    if tuple(shape) != ():
        raise ValueError(
            f"a claim's condition is a single truth value, got an array of shape {tuple(shape)}. "
            "Reduce it first, for example with .all() or .any()."
        )
    return bool(condition)


def read_claims(notebook):
    """All claims that the stored outputs of a notebook (an `nbformat` node) show, in order."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {}).get(CLAIM_MIME)
            if data is not None:
                found.append(Claim(**(json.loads(data) if isinstance(data, str) else data)))
    return found
