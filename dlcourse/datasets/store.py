"""The shipped files: where they lie, and reading them only if their SHA-256 is right."""

import hashlib
from functools import lru_cache
from pathlib import Path

from dlcourse.datasets.catalog import FILES


def folder() -> Path:
    """Where the shipped files lie: `dlcourse/_data` in an installed wheel, `data/` beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_data"
    return inside if inside.is_dir() else package.parent / "data"


def read(name) -> bytes:
    """Content of the shipped file `name`; read and verified once a process, then kept.

    >>> read("iris.csv").splitlines()[1]
    b'5.1,3.5,1.4,0.2,setosa'

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: its SHA-256 is not the catalog's. Both errors say how to restore the file.
    """
    return _verified(folder() / name, FILES[name].sha256)


def verify() -> list[str]:
    """One sentence for each shipped file that is missing or altered, read afresh: empty when all is well.

    >>> verify()
    []
    """
    problems = []
    for name, file in FILES.items():
        try:
            _load(folder() / name, file.sha256)
        except (ValueError, OSError) as error:
            problems.append(str(error))
    return problems


def _load(path, expected):
    fix = f"Restore it with `git checkout -- data/{path.name}` in a checkout, or install the package again from one."
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing; expected a file with SHA-256 {expected}. {fix}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(f"{path} is not the file that was shipped: SHA-256 {found}, expected {expected}. {fix}")
    return content


_verified = lru_cache(maxsize=None)(_load)
