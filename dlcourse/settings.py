"""What the learner sets from outside: where files are kept, and how large the experiments are.

| variable            | meaning                                              | default       |
|---------------------|------------------------------------------------------|---------------|
| `DLCOURSE_HOME`     | folder of downloads and progress                     | `~/.dlcourse` |
| `DLCOURSE_SCALE`    | `small` (two cores, offline) or `full` (a GPU)       | `small`       |
| `DLCOURSE_PROGRESS` | the progress file, if it is not to lie in the home   | unset         |
"""

import os
from difflib import get_close_matches
from pathlib import Path

SCALES = ("small", "full")


def home() -> Path:
    """Folder of everything dlcourse keeps between runs; it is not created here."""
    return Path(os.environ.get("DLCOURSE_HOME") or "~/.dlcourse").expanduser()


def progress_file() -> Path:
    """The JSON file that remembers which exercises were tried and solved."""
    named = os.environ.get("DLCOURSE_PROGRESS")
    return Path(named).expanduser() if named else home() / "progress.json"


def scale(small, full):
    """Pick a size, an epoch count, any value, by `DLCOURSE_SCALE`: `small` unless set to `full`.

    The scale changes how much is run, never the code that is taught.

    >>> epochs = scale(small=20, full=200)
    >>> digits = scale(small="small", full="full")
    """
    named = os.environ.get("DLCOURSE_SCALE") or "small"
    if named not in SCALES:
        raise ValueError(f"DLCOURSE_SCALE is {named!r}; expected one of {SCALES}. Set it to one of them, or unset it.")
    return full if named == "full" else small


def nearest(name, known, n=3):
    """The `n` known names most like `name`, in words: "did you mean ...?", or a list where none is near.

    >>> nearest("irsi", ["iris", "wine"])
    'Did you mean iris?'
    """
    known = [str(k) for k in known]
    near = get_close_matches(str(name), known, n=n, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known)}."
