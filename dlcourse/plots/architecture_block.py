"""The picture of one block: a box a layer, an arrow a tensor."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from dlcourse.graph_layout import layered
from dlcourse.plots.architecture_layers import is_quiet, lines
from dlcourse.plots.architecture_units import unit_of
from dlcourse.plots.style import GREY, PALETTE, STYLE

_FONT, _LINE, _PAD = 9.0, 12.5, 6.0  # points: of the font, from line to line, around the text
_FILLS = {"input": "#eeeeee", "weights": "#d6eaf8", "merge": "#fde3cf", "other": "#f6f7f8"}
_SILENT = ("Dropout", "Reshape", "Flatten", "ZeroPadding2D", "Identity")
_SIGNS = {"Add": "+", "Subtract": "−", "Multiply": "×", "Concatenate": "join", "Average": "mean", "Maximum": "max"}
_FEED = "input"


def block(model, name):
    """Draw the inside of one block of a net: branches, shortcuts, gates, from the top down.

    A box says window and filters ("3×3 /2, 64": stride 2), and below it what follows at once: batch norm, activation.
    Blue boxes have weights, orange ones merge.

    Args:
        model: a functional or Sequential `keras.Model`, built.
        name: of the block, such as "stage2_block1"; of a net without such names what the names of its layers begin
            with, such as "mixed0" or "conv2_block1".

    Returns:
        the axes of a new figure, in points; one patch a box, whose gid is the name of its first layer.

    Raises:
        ValueError: no such model or block; the message lists the blocks.
    """
    unit = unit_of(model, name)
    boxes, edges = _boxes(unit.nodes)
    texts = {box: _text(box, nodes) for box, nodes in boxes.items()}
    source = next(x for node in unit.nodes for x in node.input_tensors if id(x) not in _made(unit.nodes))
    texts = {_FEED: [_FEED, " × ".join(map(str, source.shape[1:]))], **texts}
    sizes = {box: (_LINE * len(text) + _PAD, max(map(_width, text)) + 2 * _PAD) for box, text in texts.items()}
    places, routes = layered({_FEED: [], **edges}, sizes, gap=26.0, space=14.0)
    places = {box: (across, -along - tall, wide, tall) for box, (along, across, tall, wide) in places.items()}
    routes = [points[:, ::-1] * [1, -1] for points in routes.values()]
    ax = _axes(places, routes, f"{model.name}: {name}", " × ".join(map(str, unit.shape)))
    for points in routes:
        ax.add_patch(PathPatch(_curve(points), fill=False, ec=GREY, lw=1.1, zorder=1))
        ax.annotate("", points[-1], points[-1] + [0, 0.1], arrowprops={"arrowstyle": "-|>", "color": GREY})
    for box, place in places.items():
        _draw_box(ax, place, texts[box], "input" if box == _FEED else _kind(boxes[box][0]), box)
    return ax


def _boxes(nodes):
    """{name: calls in one box} and {name: names it reads from}: what only norms or bends joins the box before it."""
    made, uses = _made(nodes), {}
    for node in nodes:
        for x in node.input_tensors:
            uses[id(x)] = uses.get(id(x), 0) + 1
    boxes, edges, holder = {}, {}, {}
    for node in nodes:
        sources = [holder.get(id(x), _FEED) for x in node.input_tensors]
        follows = is_quiet(node.operation) and len(sources) == 1 and id(node.input_tensors[0]) in made
        if follows and uses[id(node.input_tensors[0])] == 1:
            box = sources[0]
            boxes[box].append(node)
        else:
            box = node.operation.name
            boxes[box], edges[box] = [node], list(dict.fromkeys(sources))
        holder |= {id(x): box for x in node.outputs}
    return boxes, edges


def _made(nodes):
    return {id(x) for node in nodes for x in node.outputs}


def _text(box, nodes):
    """The first layer, then in one line what follows it."""
    first, *rest = nodes
    sign = _SIGNS.get(type(first.operation).__name__)
    text = [sign] if sign else lines(first.operation)
    if is_quiet(first.operation):  # norm before the convolution
        text, rest = [], nodes
    words = [word for node in rest for word in lines(node.operation) if type(node.operation).__name__ not in _SILENT]
    return [*text, ", ".join(words)] if words else text or [box]


def _kind(node):
    if len(node.input_tensors) > 1:
        return "merge"
    return "weights" if getattr(node.operation, "weights", None) and not is_quiet(node.operation) else "other"


def _axes(places, routes, title, outcome):
    """Axes in points around everything, with the title above and the outcome below."""
    corners = np.array(
        [(x, y, x + w, y + h) for x, y, w, h in places.values()] + [(*p.min(0), *p.max(0)) for p in routes]
    )
    (left, bottom), (right, top) = corners[:, :2].min(axis=0) - 10, corners[:, 2:].max(axis=0) + 24
    spare = max(0, _width(title) * 1.35 + 20 - (right - left)) / 2
    left, right, bottom = left - spare, right - 14 + spare, bottom - 20
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=((right - left) / 72, (top - bottom) / 72), layout="none")
        ax = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(bottom, top))
    ax.set_axis_off()
    ax.text(left + 8, top - 11, title, weight="bold", size=10, va="center")
    x, y, w, _ = list(places.values())[-1]
    ax.text(x + w / 2, y - 10, outcome, color=GREY, size=_FONT, ha="center", va="center")
    return ax


def _draw_box(ax, place, text, kind, name):
    x, y, wide, tall = place
    edge = {"merge": PALETTE[1], "weights": PALETTE[0]}.get(kind, GREY)
    shape = {"boxstyle": "round,pad=0,rounding_size=4", "gid": name, "zorder": 2}
    ax.add_patch(FancyBboxPatch((x, y), wide, tall, fc=_FILLS[kind], ec=edge, lw=1, **shape))
    for n, line in enumerate(text):
        height = y + tall - _PAD / 2 - _LINE * (n + 0.5)
        ax.text(x + wide / 2, height, line, size=_FONT, ha="center", va="center", zorder=3)


def _curve(points):
    """A line that leaves and enters every bend straight down."""
    corners, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        corners += [(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(corners, codes)


def _width(text):
    return 1.04 * TextPath((0, 0), text, size=_FONT).get_extents().width if text else 0
