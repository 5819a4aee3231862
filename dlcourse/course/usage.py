"""Which names of the package a notebook's code uses, read from its cells without running them."""

import ast
import json
import re
from pathlib import Path


def names_used(path, package="dlcourse") -> set[str]:
    """Dotted names below `package` that the code cells of the notebook file `path` import or reach by attribute.

    `from dlcourse import plots; plots.curves(...)` uses `dlcourse.plots` and `dlcourse.plots.curves`.
    """
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    return names_in("\n".join("".join(c["source"]) + "\n" for c in cells if c["cell_type"] == "code"), package)


def names_in(code, package="dlcourse") -> set[str]:
    """The same for source text, in which lines of IPython magic may stand.

    >>> sorted(names_in("from dlcourse import plots as p\\np.curves([1])"))
    ['dlcourse.plots', 'dlcourse.plots.curves']
    """
    tree = ast.parse(re.sub(r"^([ \t]*)[%!?].*$", r"\1pass", code, flags=re.MULTILINE))
    bound, used = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == package:
                    bound[alias.asname or package] = alias.name if alias.asname else package
                    used.add(alias.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                used.add(f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (path := _dotted(node, bound)):
            used.add(path)
    return used


def _dotted(node, bound):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in bound:
        return ".".join([bound[node.id], *reversed(parts)])
    return None
