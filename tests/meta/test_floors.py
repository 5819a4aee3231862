"""Imports point down only."""

import ast
import re

import pytest

from tests.meta import source

FLOORS = [  # from the top; a room may import the rooms of lower floors, and itself
    {"course", "tuning", "explain", "compression"},
    {"models"},
    {"models.segmentation", "models.detection", "models.sequences", "models.generative"},
    {"models.classification"},
    {"models.blocks"},
    {"models.registry"},
    {"models.weights"},
    {"models.transplant"},
    {"models.weight_graph", "models.checks", "models.pyramid", "models.entries"},
    {"layers", "losses", "metrics", "callbacks", "optimizers", "curvature", "evaluation", "complexity"},
    {"activations", "initializers", "regularizers", "schedules"},
    {"ops"},
    {"settings", "files", "display", "graph", "graph_layout"},
]
PRIVATE = re.compile(r"_(?!_version__$)")
GROUND = FLOORS[-1]
SIDE_ROOMS = {"scratch": GROUND, "datasets": GROUND, "plots": GROUND, "exercises": GROUND | {"datasets"}}
ONLY_OPS = {"losses", "metrics"}
SERVES_ALL = {
    "course": {"datasets", "exercises"},  # the runner and the doctor look into these
    "schedules": {"plots"},  # and these draw what they hold
    "callbacks": {"plots"},
    "evaluation": {"plots"},
    "complexity": {"plots"},
}


def room(module):
    """The room a module lies in: dlcourse.layers.x -> layers; dlcourse.models.blocks.y -> models.blocks"""
    parts = module.split(".")[1:]
    if not parts:
        return ""
    return ".".join(parts[:2]) if parts[0] == "models" and len(parts) > 1 else parts[0]


def allowed(importer):
    """The rooms that `importer` may import, besides itself."""
    if importer in SIDE_ROOMS:
        return SIDE_ROOMS[importer]
    place = next(n for n, floor in enumerate(FLOORS) if importer in floor)
    below = set().union(*FLOORS[place + 1 :])
    if importer in ONLY_OPS:
        below = {"ops"} | GROUND
    return below | SERVES_ALL.get(importer, set())


def forbidden(path):
    """Imports of a file that point up or sideways, or at a private name."""
    here = room(source.module_name(path))
    if here == "":  # the package itself names all rooms, lazily
        return []
    wrong = []
    for module in source.imports(path):
        if module.split(".")[0] == "dlcourse" and module != "dlcourse.__version__":
            there = room(module)
            if there not in allowed(here) | {here}:
                wrong.append(f"{here} imports {module}")
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlcourse"):
            wrong += [f"private {alias.name} of {node.module}" for alias in node.names if PRIVATE.match(alias.name)]
    return wrong


@pytest.mark.parametrize("path", source.FILES, ids=source.module_name)
def test_imports_point_down(path):
    assert forbidden(path) == []


BACKENDS = {"tensorflow", "jax", "torch"}
NAMES_BACKENDS = {  # needs that Keras has no call for
    "dlcourse.ops.autodiff": BACKENDS,  # derivatives
    "dlcourse.ops.sorting": {"torch"},  # a sort with its order, a running maximum, a scatter along an axis
    "dlcourse.ops.random_state": {"torch"},  # PyTorch's own generator, which unseeded layers draw from
}


def backends(path):
    """The backends that a file imports, be it by a statement or by `import_module`."""
    found = {name.split(".")[0] for name in source.imports(path)}
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")).endswith(
            "import_module"
        ):
            found |= {str(argument.value).split(".")[0] for argument in node.args if isinstance(argument, ast.Constant)}
    return found & BACKENDS


@pytest.mark.parametrize("path", source.FILES, ids=source.module_name)
def test_a_backend_is_imported_only_where_its_need_is_named(path):
    assert backends(path) == NAMES_BACKENDS.get(source.module_name(path), set())


def test_a_backend_is_found_however_it_is_imported(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "ROOT", tmp_path)
    path = tmp_path / "bad.py"
    path.write_text("import importlib\ndef f():\n    from torch import nn\n    importlib.import_module('jax.numpy')\n")
    assert backends(path) == {"torch", "jax"}


@pytest.mark.parametrize(
    "where, code, found",
    [
        ("losses/bad.py", "from dlcourse.layers import HierarchicalSoftmax", 1),
        ("losses/bad.py", "from ..layers import hierarchical_softmax", 1),
        ("losses/bad.py", "def f():\n    import dlcourse.course.claims", 1),
        ("losses/bad.py", "from dlcourse.ops.margins import _hidden", 1),
        ("losses/bad.py", "from dlcourse import layers", 1),
        ("losses/good.py", "from ..ops import margins\nfrom dlcourse.losses import sparse", 0),
        ("scratch/bad.py", "from dlcourse import ops", 1),
        ("ops/bad.py", "from .. import losses", 1),
    ],
)
def test_the_rule_sees_every_way_to_import(where, code, found, tmp_path, monkeypatch):
    path = tmp_path / "dlcourse" / where
    path.parent.mkdir(parents=True)
    path.write_text(code)
    monkeypatch.setattr(source, "ROOT", tmp_path)
    assert len(forbidden(path)) == found


def test_every_room_of_the_package_has_a_floor():
    rooms = {room(source.module_name(path)) for path in source.FILES} - {""}
    assert rooms <= set().union(*FLOORS) | set(SIDE_ROOMS)
