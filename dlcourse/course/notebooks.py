"""Where the course's notebooks are, what they are called, and which one a name means."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from dlcourse.settings import nearest

_NUMBERED = re.compile(r"(\d+)_.+\.ipynb$")


@dataclass(frozen=True)
class Notebook:
    """One notebook of the course: its file, and the notebook that solves its exercises, if there is one."""

    path: Path
    solutions: Path | None = None

    @property
    def name(self):
        return self.path.stem

    @property
    def number(self):
        return self.path.stem.partition("_")[0]

    @functools.cached_property
    def title(self):
        """The first heading of the first Markdown cell that has one; the name of the file if none has."""
        return read_title(self.path)


def read_title(path):
    """Title of the notebook file `path` (its first heading, as plain text), read without nbformat.

    Raises:
        ValueError: the file is not JSON with cells.
    """
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not a notebook: {error!r}. Restore it, for example with `git restore {Path(path).name}`."
        ) from error
    for text in texts:
        heading = re.search(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE)
        if heading:
            return re.sub(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}", r"\1", heading[1])
    return Path(path).stem


def notebooks_folder(start=None) -> Path:
    """The nearest `notebooks/` with numbered notebooks, upwards from `start` (default: the working directory).

    Where there is none, the one beside the package is taken, as in a checkout.

    Raises:
        ValueError: neither exists.
    """
    start = Path(start or Path.cwd()).resolve()
    beside = Path(__file__).resolve().parents[2]
    for parent in (start, *start.parents, beside):
        if any(_NUMBERED.match(path.name) for path in (parent / "notebooks").glob("*.ipynb")):
            return parent / "notebooks"
    raise ValueError(
        f"no folder notebooks/ with notebooks such as 11_perceptron.ipynb in {start}, above it, or in {beside}. "
        "Go to a checkout of the course and run the command there."
    )


def list_notebooks(folder=None) -> list[Notebook]:
    """The notebooks in `folder` (default: `notebooks_folder()`), by number, each with its solutions."""
    folder = notebooks_folder() if folder is None else Path(folder)
    solved = {path.stem.partition("_")[0]: path for path in sorted((folder / "solutions").glob("*.ipynb"))}
    found = [path for path in sorted(folder.glob("*.ipynb")) if _NUMBERED.match(path.name)]
    return [Notebook(path, solved.get(path.stem.partition("_")[0])) for path in found]


def select(names, notebooks) -> list[Notebook]:
    """Those of `notebooks` that `names` mean, in course order: "11", "11_perceptron", or a path; all for no names.

    Raises:
        ValueError: a name means none of them; the message says which are near.
    """
    chosen = {_find(str(name), notebooks).path for name in names}
    return [notebook for notebook in notebooks if not names or notebook.path in chosen]


def _find(name, notebooks):
    for notebook in notebooks:
        same_number = name.isdecimal() and int(name) == int(notebook.number)
        if same_number or name in (notebook.name, notebook.path.name):
            return notebook
    path = Path(name).resolve()
    for notebook in notebooks:
        if path in (notebook.path.resolve(), notebook.solutions and notebook.solutions.resolve()):
            return notebook
    known = [notebook.number for notebook in notebooks] + [notebook.name for notebook in notebooks]
    near = nearest(Path(name).stem, known)
    if near.startswith("Known"):
        near = nearest(name, [notebook.name for notebook in notebooks])
    raise ValueError(f"no notebook {name!r}. {near}")
