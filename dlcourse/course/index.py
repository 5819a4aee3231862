"""INDEX.md: each public name, what it is for, where it is written, where it is from, and which notebook uses it."""

from dataclasses import dataclass
from pathlib import Path

from dlcourse.course.notebooks import list_notebooks
from dlcourse.course.public_names import public_names
from dlcourse.course.usage import names_used
from dlcourse.files import atomic_write

_HEAD = (
    "# Index\n\nEvery public name of the package. Written by `dlcourse index`; do not edit by hand.\n"
    "A notebook is named where one of its code cells uses the name.\n"
)


@dataclass(frozen=True)
class Entry:
    """One row: the public name with its package, its purpose, file, sources, and the numbers of notebooks."""

    package: str
    name: str
    purpose: str
    file: str
    source: str
    notebooks: tuple[str, ...]


def entries(root) -> list[Entry]:
    """The rows of the index for the checkout `root`, sorted by package and name. Nothing is imported."""
    root = Path(root)
    notebooks = list_notebooks(root / "notebooks") if (root / "notebooks").is_dir() else []
    used = {notebook.number: names_used(notebook.path) for notebook in notebooks}
    found = []
    for public in public_names(root / "dlcourse"):
        paths = {f"{public.package}.{public.name}", f"{public.module}.{public.name}"}
        if public.top_level:
            paths.add(f"dlcourse.{public.name}")
        where = tuple(number for number, names in used.items() if paths & names)
        found.append(Entry(public.package, public.name, public.purpose, public.file, public.source, where))
    return sorted(found, key=lambda entry: (entry.package, entry.name.lower(), entry.name))


def index_text(root) -> str:
    """INDEX.md as it should be for the checkout `root`."""
    lines, package = [_HEAD], None
    for entry in entries(root):
        if entry.package != package:
            package = entry.package
            lines.append(f"\n## {package}\n\n| name | for | file | source | notebooks |\n|---|---|---|---|---|\n")
        file = f"[{Path(entry.file).name}]({entry.file})"
        cells = [f"`{entry.name}`", _cell(entry.purpose), file, _cell(entry.source), ", ".join(entry.notebooks)]
        lines.append(f"| {' | '.join(cells)} |\n".replace("|  |", "| |").replace("|  |", "| |"))
    return "".join(lines)


def write_index(root) -> Path:
    """Write INDEX.md in `root` and return its path."""
    path = Path(root) / "INDEX.md"
    with atomic_write(path, "w") as file:
        file.write(index_text(root))
    return path


def _cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")
