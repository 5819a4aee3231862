"""The picture of a computation: a box for every value, an edge from every operand to what was made of it."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from dlcourse.graph_layout import layered

_MOST = 120
_SIZE, _LINE, _PAD = 10.0, 13.5, 7.0  # points: of the font, from line to line, around the text
_FILLS = {"given": "#d6eaf8", "constant": "#eeeeee", "made": "#fdf3dc"}
_INFIX = ("+", "-", "*", "/", "**", "@")


def graph(value, down=False):
    """Draw how `value` was computed: inputs on the left, the result on the right, or from the top down.

    A box holds the name and operation, the number, and the gradient once `backward` has run; for an array its shape
    and the length of its gradient. Blue was given, grey is constant, yellow was computed.

    Args:
        value: a `Value` of `dlcourse.scratch.autograd`.
        down: whether edges run down, for deep graphs, and not to the right.

    Returns:
        the axes of a new figure, in units of points, which suits its size.

    Raises:
        ValueError: there are more than 120 boxes.
    """
    edges = _edges(value)
    if len(edges) > _MOST:
        raise ValueError(f"a graph of {len(edges)} values cannot be read, at most {_MOST}. Draw fewer rows or layers.")
    lines = {node: _lines(node) for node in edges}
    sizes = {node: (max(map(_width, text)) + 2 * _PAD, _LINE * len(text) + _PAD) for node, text in lines.items()}
    boxes, routes = layered(edges, {node: (h, w) if down else (w, h) for node, (w, h) in sizes.items()})
    if down:
        boxes = {node: (across, along, w, h) for node, (along, across, h, w) in boxes.items()}
        routes = {edge: points[:, ::-1] for edge, points in routes.items()}
    boxes = {node: (x, -y - h, w, h) for node, (x, y, w, h) in boxes.items()}  # the first operand is the upper one
    routes = {edge: points * [1, -1] for edge, points in routes.items()}

    corners = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes.values()])
    (left, bottom), (right, top) = corners[:, :2].min(axis=0) - 8, corners[:, 2:].max(axis=0) + 8
    for points in routes.values():
        bottom, top = min(bottom, points[:, 1].min() - 8), max(top, points[:, 1].max() + 8)
        left, right = min(left, points[:, 0].min() - 8), max(right, points[:, 0].max() + 8)
    figure = plt.figure(figsize=((right - left) / 72, (top - bottom) / 72), layout="none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(bottom, top))
    ax.set_axis_off()
    for points in routes.values():
        ax.add_patch(PathPatch(_curve(points, down), fill=False, ec="#5f6368", lw=1.2, zorder=1))
        tip, back = points[-1], np.array([0, 0.1] if down else [-0.1, 0])
        ax.annotate("", tip, tip + back, arrowprops={"arrowstyle": "-|>", "color": "#5f6368", "mutation_scale": 11})
    for node, (x, y, w, h) in boxes.items():
        _draw_box(ax, (x, y, w, h), lines[node], _FILLS[_kind(node)], node is value)
    return ax


def _edges(value):
    """{value: its operands} for all that `value` was made of, operands first, in the order in which one reads them."""
    edges, stack = {}, [(value, False)]
    while stack:
        node, ready = stack.pop()
        operands = [operand for operand, _ in node.edges]
        if ready:
            edges[node] = operands
        elif node not in edges:
            stack += [(node, True), *((operand, False) for operand in reversed(operands))]
    return edges


def _kind(node):
    if node.edges:
        return "made"
    return "constant" if node.constant else "given"


def _lines(node):
    """The text of a box: title, number or shape, gradient."""
    lines = [_title(node)]
    if node.data.size == 1:
        lines.append(f"value {_number(node.data.item())}")
    else:
        lines.append("shape " + " × ".join(map(str, node.data.shape)))
    if node.gradient is not None:
        if node.data.size == 1:
            lines.append(f"gradient {_number(node.gradient.item())}")
        else:
            lines.append(f"|gradient| {_number(np.linalg.norm(node.gradient))}")
    return lines


def _title(node):
    if not node.edges:
        return node.name or ("constant" if node.constant else "given")
    names = [operand.name for operand, _ in node.edges]
    made = node.operation
    if all(names) and made in _INFIX:
        made = f" {made} ".join(names) if len(names) == 2 else made + names[0]
    elif all(names) and len(names) == 1:
        made = f"{made}({names[0]})" if made != "[]" else f"{names[0]}[...]"
    made = made if len(made) <= 24 else node.operation
    return f"{node.name} = {made}" if node.name else made


def _number(x):
    return f"{x:.4g}".replace("-", "−")


def _width(text):
    return TextPath((0, 0), text, size=_SIZE, prop=FontProperties(weight="bold")).get_extents().width if text else 0


def _curve(points, down):
    """The route as a line that leaves and enters every bend straight on."""
    corners, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = [(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)] if down else [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)]
        corners += [*middle, (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(corners, codes)


def _draw_box(ax, box, lines, fill, last):
    x, y, w, h = box
    edge, width = ("#202124", 2.0) if last else ("#9aa0a6", 1.0)
    ax.add_patch(FancyBboxPatch((x + 3, y + 3), w - 6, h - 6, "round,pad=3", fc=fill, ec=edge, lw=width, zorder=2))
    for n, text in enumerate(lines):
        style = {"weight": "bold"} if n == 0 else {"color": "#a43d00"} if "gradient" in text else {"color": "#202124"}
        ax.text(x + w / 2, y + h - _PAD / 2 - _LINE * (n + 0.5), text, size=_SIZE, ha="center", va="center", **style)
