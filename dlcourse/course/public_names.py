"""The public names of a package, read from its source: nothing is imported, so no backend is needed."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class PublicName:
    """A name users import from `package`, defined in `module`; `file` is relative to the folder above the package."""

    package: str
    name: str
    module: str
    purpose: str
    file: str
    source: str
    top_level: bool = False  # can also be imported from the root package


def public_names(package) -> list[PublicName]:
    """All public names below the folder `package`.

    The names of a folder, and of a module that stands alone, are those of its `__all__`; where it has none, they are
    the functions and classes without a leading underscore.

    Raises:
        ValueError: a name in an `__all__` is defined nowhere.
    """
    package = Path(package)
    exported = _top_level(package)
    found = [_follow(package, package.name, name, exported) for _, name in sorted(exported)]
    for init in sorted(package.rglob("__init__.py")):
        module = _module(package, init)
        names = _all(init)
        if init.parent != package and names is not None:
            found += [_follow(package, module, name, exported) for name in names]
            continue
        for path in sorted(init.parent.glob("*.py")):
            if path.stem.startswith("_"):
                continue
            inside, listed = _module(package, path), _all(path)
            if listed is not None and path != init:
                found += [_follow(package, inside, name, exported) for name in listed]
                continue
            public = [node for node in _tree(path).body if isinstance(node, _DEFINITIONS) and node.name[0] != "_"]
            found += [_entry(package, inside, node.name, inside, node, exported) for node in public]
    return found


@cache
def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _module(package, path):
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _path(package, module):
    stem = package.parent.joinpath(*module.split("."))
    return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


def _assigned(path):
    """{name: value} of the plain assignments at the top of a module, as syntax trees."""
    targets = [(t, node.value) for node in _tree(path).body if isinstance(node, ast.Assign) for t in node.targets]
    return {target.id: value for target, value in targets if isinstance(target, ast.Name)}


def _all(path):
    """The strings of `__all__`, with `*OTHER` spelled out from the literal OTHER; None where there is no `__all__`."""
    assigned = _assigned(path)
    if "__all__" not in assigned:
        return None
    names = []
    for item in assigned["__all__"].elts:
        starred = isinstance(item, ast.Starred)
        names += list(ast.literal_eval(assigned[item.value.id])) if starred else [ast.literal_eval(item)]
    return names


def _imports(path):
    """{name: module it comes from}: from imports, and from a literal {name: module} for lazy loading."""
    found = {}
    for node in _tree(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    for value in _assigned(path).values():
        if isinstance(value, ast.Dict) and all(isinstance(v, ast.Constant) for v in (*value.keys, *value.values)):
            pairs = ast.literal_eval(value).items()
            found |= {k: (v, k) for k, v in pairs if isinstance(k, str) and str(v).startswith("dlcourse.")}
    return found


def _top_level(package):
    found = _imports(package / "__init__.py").values()
    return {(module, name) for module, name in found if module.partition(".")[0] == package.name}


def _follow(package, module, name, exported):
    """The entry of `name` as exported by `module`, found where it is defined."""
    inside, original = module, name
    for _ in range(10):
        path = _path(package, inside)
        defined = {node.name: node for node in _tree(path).body if isinstance(node, _DEFINITIONS)}
        if original in defined:
            return _entry(package, module, name, inside, defined[original], exported)
        if original in _assigned(path):
            return _entry(package, module, name, inside, _note(path, original), exported)
        if original in _imports(path):  # before the submodules: a function may bear the name of its file
            inside, original = _imports(path)[original]
            continue
        submodule = _path(package, f"{inside}.{original}")
        if not submodule.is_file():
            break
        return _entry(package, module, name, f"{inside}.{original}", _tree(submodule), exported)
    raise ValueError(f"{module}.__all__ names {name!r}, which is defined nowhere below {package}. Mend the list.")


def _note(path, name):
    """The string that stands right after a constant, as a docstring does."""
    body = _tree(path).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            value = following.value if isinstance(following, ast.Expr) else None
            return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else "a constant"
    return ""


def _entry(package, shown, name, module, node, exported):
    docstring = node if isinstance(node, str) else ast.get_docstring(node) or ""
    return PublicName(
        package=shown,
        name=name,
        module=module,
        purpose=docstring.strip().partition("\n")[0],
        file=str(_path(package, module).relative_to(package.parent).as_posix()),
        source=_source(docstring),
        top_level=(module, name) in exported,
    )


def _source(docstring):
    """What follows "Source:" in a docstring, with the lines that continue it."""
    match = re.search(r"^\s*Sources?:[ \t]*(.+(?:\n[ \t]{4,}\S.*)*)", docstring, re.MULTILINE)
    return " ".join(match[1].split()) if match else ""
