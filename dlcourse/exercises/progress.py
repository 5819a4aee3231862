"""What was tried and solved, in one JSON file that survives kills, full disks and hands that edit it."""

import json
import warnings

from filelock import FileLock, Timeout

from dlcourse.files import atomic_write
from dlcourse.settings import progress_file

VERSION = 1


def read_progress():
    """{id: {"tries": int, "passed": bool}}; a file that cannot be read as that is set aside with a warning."""
    path = progress_file()
    try:
        return parse_progress(path)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        aside = _free_name(path)
        path.replace(aside)
        warnings.warn(
            f"the progress file {path} could not be read ({error}); "
            f"it was set aside as {aside.name} and a new one is begun.",
            stacklevel=2,
        )
        return {}


def parse_progress(path):
    """The same from the file at `path`, which is left alone.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read; FileNotFoundError if there is none.
    """
    text = path.read_bytes()
    try:
        entries = json.loads(text.decode("utf-8"))["exercises"]
        return {str(key): {"tries": int(row["tries"]), "passed": bool(row["passed"])} for key, row in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def record(exercise_id, passed):
    """Count one try of `exercise_id`; returns how many there have been. What was passed stays passed.

    Raises:
        OSError: the file cannot be written; the last good one stays.
    """
    with _lock():
        entries = read_progress()
        row = entries.setdefault(exercise_id, {"tries": 0, "passed": False})
        row["tries"] += 1
        row["passed"] = row["passed"] or passed
        _write(entries)
        return row["tries"]


def reset_progress(ids=None):
    """Forget the exercises named in `ids`, or all of them; returns how many were forgotten."""
    with _lock():
        entries = read_progress()
        gone = set(entries) if ids is None else set(entries) & set(ids)
        if gone:
            _write({key: row for key, row in entries.items() if key not in gone})
        return len(gone)


def _write(entries):
    with atomic_write(progress_file(), "w") as file:
        json.dump({"version": VERSION, "exercises": dict(sorted(entries.items()))}, file, indent=1)
        file.write("\n")


def _lock():
    path = progress_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return FileLock(f"{path}.lock", timeout=10).acquire()
    except Timeout as error:
        raise OSError(f"another program has held {path}.lock for 10 s") from error


def _free_name(path):
    """The first of progress.corrupt-1.json, -2, ... that is not taken."""
    n = 1
    while (aside := path.with_name(f"{path.stem}.corrupt-{n}{path.suffix}")).exists():
        n += 1
    return aside
