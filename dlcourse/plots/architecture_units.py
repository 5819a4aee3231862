"""A net read as stages of units: layers on the way, and blocks in which the way divides and meets again."""

import re
from dataclasses import dataclass, field
from itertools import groupby, takewhile

from dlcourse.graph import calls
from dlcourse.plots.architecture_layers import describe, is_gate, is_merge, is_quiet
from dlcourse.plots.architecture_sections import down_first, lateral_joints, laterals, section_of

_BLOCK = re.compile(r"(stage\d+_block\d+)(?:_|$)")


@dataclass
class Unit:
    """A block, or a layer that stands alone.

    nodes: its calls, in order; shape: of its outcome, without the batch; way: what lies on its longest way, pairs of
    `describe`; form: "layer" (a convolution), "pooling", "dense", "other", "plain", "residual", "branches" or "growing"
    (its input is joined to its outcome); branches: how many meet in its widest joint, 1 if none do; shortcut: "",
    "identity" or "projection"; gated: whether a gate multiplies its maps
    """

    name: str
    nodes: list
    shape: tuple
    way: list
    form: str
    branches: int = 1
    shortcut: str = ""
    gated: bool = False

    def alike(self):
        """Two units are drawn as one kind where this is equal."""
        if self.form in ("layer", "pooling", "dense", "other"):
            return self.form, tuple(self.way), self.shape
        windows = tuple(text.split(" /")[0] for text, _ in self.way)
        width = None if self.branches > 1 or self.form == "growing" else self.shape[-1]
        return self.form, windows if self.branches == 1 else (), self.branches, self.gated, width


@dataclass
class Stage:
    """What shares a name or a resolution.

    beside: whether it leaves the way to the main output; joined: names of earlier stages whose maps it takes as well
    """

    name: str
    units: list = field(default_factory=list)
    beside: bool = False
    joined: list = field(default_factory=list)

    @property
    def shape(self):
        return self.units[-1].shape

    def runs(self):
        """Units next to each other that are alike, as lists."""
        return [list(run) for _, run in groupby(self.units, Unit.alike)]


def stages_of(model):
    """The stages of a functional or Sequential model, from the input to its deepest output, then what lies beside.

    Names that begin with stem_, stage2_block1_, up2_, skip2_, joint_, decoder_ or head_ give stages and blocks. A net
    without them is cut wherever everything passes through one tensor, and its stages are its resolutions.

    Raises:
        ValueError: no such model, or not built.
    """
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs:
        raise ValueError(
            f"a diagram needs a functional or Sequential model that is built, got {type(model).__name__}. Begin a "
            "Sequential with keras.Input; give a subclassed model as keras.Model(x, model.call(x))."
        )
    main = down_first(max((calls([output], inputs) for output in outputs), key=len))
    past = laterals(main)
    units = _units(main, inputs, past)
    named = any(_BLOCK.match(unit.name) or re.match(r"stage\d", unit.name) for unit in units)
    stages = []
    for unit in units:
        name = _stage_name(unit, named, stages)
        if not stages or stages[-1].name != name:
            stages.append(Stage(name))
        stages[-1].units.append(unit)
        taken = {past.get((id(x), id(node))) for node in unit.nodes for x in node.input_tensors}
        stages[-1].joined += sorted(taken - {None, "", *stages[-1].joined})
    within = set(map(id, main))
    aside = [node for node in calls(outputs, inputs) if id(node) not in within]
    known = [x for node in main for x in node.outputs]
    for output in outputs:
        chain = [node for node in calls([output], [*inputs, *known]) if node in aside]
        found = _units(chain, [x for node in chain[:1] for x in node.input_tensors]) if chain else []
        if any(not is_quiet(node.operation) for node in chain):
            stages.append(Stage(_common(chain), found, beside=True))
    return stages


def unit_of(model, name):
    """The unit of that name: "stage2_block1", or in a net without such names what its layers' names begin with.

    Raises:
        ValueError: there is none, or several layers only begin with it; the names are listed.
    """
    units = [unit for stage in stages_of(model) for unit in stage.units]
    found = next((unit for unit in units if unit.name == name), None)
    if found is None:
        names = [unit.name for unit in units if unit.form in ("plain", "residual", "branches", "growing")] or [
            u.name for u in units
        ]
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        raise ValueError(f"{model.name!r} has no block {name!r}; it has {shown}.")
    return found


def _units(nodes, inputs, past=()):
    """The units that a list of calls falls into; `past` are edges that are not on the way."""
    groups, joints = [], lateral_joints(nodes, past)
    for part in _cut(nodes, inputs, past):
        block = next((match.group(1) for node in part if (match := _BLOCK.match(node.operation.name))), None)
        silent = all(is_quiet(node.operation) or id(node) in joints for node in part)
        quiet = silent or (block is None and is_gate(part[-1].operation))
        before = groups[-1][0] if groups else None
        if groups and block in ((None, before) if quiet else (before,)) and (quiet or block):
            groups[-1][1].extend(part)
        elif groups and before in (None, block) and all(is_quiet(node.operation) for node in groups[-1][1]):
            groups[-1] = (block, groups[-1][1] + part)
        else:
            groups.append((block, list(part)))
    return [_unit(block, part, joints) for block, part in groups]


def _cut(nodes, inputs, past):
    """Split the calls wherever one tensor is all that the rest needs, but for edges `past` the way."""
    last = {id(x): n for n, node in enumerate(nodes) for x in node.input_tensors if (id(x), id(node)) not in past}
    alive, part, parts = {id(x) for x in inputs if id(x) in last}, [], []
    for n, node in enumerate(nodes):
        part.append(node)
        alive |= {id(x) for x in node.outputs if id(x) in last}
        alive = {x for x in alive if last[x] > n}
        if len(alive) <= 1:
            parts, part = [*parts, part], []
    return [*parts, part] if part else parts


def _unit(block, nodes, joints):
    ways, branches, shortcut, gated, growing = {}, 1, "", False, False
    for node in nodes:
        before = [ways.get(id(x), []) for x in node.input_tensors]
        way = before[0] if is_gate(node.operation) else max(before, key=len)
        gated |= is_gate(node.operation)
        if id(node) in joints:
            pass  # what it joins is told by a line from an earlier stage
        elif is_merge(node) and not is_gate(node.operation):
            if type(node.operation).__name__ == "Concatenate":
                growing |= any(id(x) not in ways for x in node.input_tensors)
                branches = max(branches, len(node.input_tensors))
            else:
                shortcut = "projection" if min(map(len, before)) else "identity"
        elif not is_quiet(node.operation) and not is_gate(node.operation):
            way = [*way, describe(node.operation)]
        ways |= {id(x): way for x in node.outputs}
    loud = [node for node in nodes if not is_quiet(node.operation) and id(node) not in joints] or nodes
    shape = tuple(loud[-1].outputs[0].shape[1:])
    form = _form(block, nodes, shortcut, (growing, branches))
    return Unit(block or _common(nodes), nodes, shape, way, form, 1 if growing else branches, shortcut, gated)


def _form(block, nodes, shortcut, joint):
    growing, branches = joint
    if shortcut:
        return "residual"
    if growing:
        return "growing"
    if branches > 1:
        return "branches"
    loud = [node.operation for node in nodes if not is_quiet(node.operation)] or [nodes[0].operation]
    if block and len(loud) > 1:
        return "plain"
    kind = type(loud[0]).__name__
    if "Pool" in kind or "Subsampling" in kind:
        return "pooling"
    if hasattr(loud[0], "kernel_size"):
        return "layer"
    return "dense" if hasattr(loud[0], "units") else "other"


def _stage_name(unit, named, stages):
    """The stage that a unit says it is in, or its resolution."""
    if named:
        return next(filter(None, map(section_of, unit.nodes)), stages[-1].name if stages else "stem")
    return " × ".join(map(str, unit.shape[:-1])) or "head"


def _common(nodes):
    """The words with which the names of all layers begin; the last one's name if there are none."""
    names = [node.operation.name.split("_") for node in nodes]
    shared = [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*names, strict=False))]
    return "_".join(shared or names[-1])
