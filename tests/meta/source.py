"""The package as its source says it is: files, imports, public definitions. Nothing is imported for this."""

import ast

from tests.paths import ROOT

PACKAGE = ROOT / "dlcourse"
FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    """dlcourse/ops/trees.py -> dlcourse.ops.trees"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path):
    """Every module a file imports, absolute names, relative imports resolved, inside functions too."""
    package = module_name(path).split(".") if path.name == "__init__.py" else module_name(path).split(".")[:-1]
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *(node.module.split(".") if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names} if stem == "dlcourse" else {stem}
    return found


def public_definitions(path):
    """Top-level functions and classes whose name does not begin with an underscore."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return [node for node in tree(path).body if isinstance(node, kinds) and not node.name.startswith("_")]
