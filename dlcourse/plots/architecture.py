"""The picture of a whole net: a row a stage, in it a tile a block."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Arc, FancyBboxPatch, Patch, Rectangle
from matplotlib.textpath import TextPath

from dlcourse.plots.architecture_layers import describe, is_gate, is_merge, is_quiet
from dlcourse.plots.architecture_units import stages_of
from dlcourse.plots.style import GREY, PALETTE, STYLE

_COLOURS = {
    "layer": PALETTE[0],
    "pooling": PALETTE[9],
    "dense": PALETTE[4],
    "plain": PALETTE[5],
    "residual": PALETTE[1],
    "branches": PALETTE[2],
    "growing": PALETTE[3],
    "other": PALETTE[7],
}
_WORDS = {
    "layer": "convolution",
    "plain": "block",
    "residual": "block with a shortcut",
    "branches": "branches, joined",
    "growing": "input joined to outcome",
    "other": "other layer",
}
_WIDTH, _LEFT, _RIGHT = 600, 124, 588  # pixels: of the picture, and where the tiles lie
_TILE, _GAP, _TALL, _ARC, _LINE, _SPACE = 21, 5, 34, 12, 13, 14
_SHOWN, _RUNS = 6, 7  # tiles of a run, runs of a stage
_ELBOW = 9  # pixels that a line past other stages takes at the right
_FONT = 8.5  # points
_FIXED = "\N{NO-BREAK SPACE}"
_SHORT = {"dw": "dw: depthwise", "sep": "sep: depthwise, then 1×1"}


def architecture(model):
    """Draw a net from its stages: a row a stage, from the input down to the scores.

    A row says how large the stage's outcome is (height × width × channels) and holds a tile for every block or layer;
    tiles are as tall as the logarithm of the resolution. An arc over a tile is a shortcut, dashed where it is
    projected; lanes within a tile are branches that are joined, and fans of arcs are dense connections. Lines at the
    right carry maps from a stage past others to a later one. Under the tiles stands what is repeated how often, by its
    windows and widths.

    Stages and blocks come from names such as stage2_block1_conv and up2_conv; a net without them is cut wherever
    everything passes through one tensor, and grouped by resolution. What leaves the way to the deepest output, such as
    an auxiliary head, is drawn in rows at the end.

    Args:
        model: a functional or Sequential `keras.Model`, built.

    Returns:
        the axes of a new figure, 600 pixels wide; one patch a tile, whose gid is the name of the block.

    Raises:
        ValueError: a model of another kind, or not built.
    """
    stages = stages_of(model)
    elbows = _elbows(stages)
    rows = [_Row(stage, _RIGHT - _ELBOW * len(elbows)) for stage in stages]
    forms = [form for form in _COLOURS if any(form == unit.form for stage in stages for unit in stage.units)]
    top, foot = 30, 40
    height = top + sum(row.height for row in rows) + foot
    with plt.rc_context({**STYLE, "font.size": _FONT}):
        figure = plt.figure(figsize=(_WIDTH / 100, height / 100), layout="none")
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, _WIDTH), ylim=(height, 0))
        ax.set_axis_off()
        source = " × ".join(map(str, model.inputs[0].shape[1:]))
        ax.text(10, 15, f"{model.name}: input {source}", weight="bold", size=10.5, va="center")
        y, tallest = top, _resolution(tuple(model.inputs[0].shape[1:]))
        for n, row in enumerate(rows):
            row.draw(ax, y, tallest)
            if n and not row.stage.beside:
                ax.annotate("", (58, y + 4), (58, y - 5), arrowprops={"arrowstyle": "-|>", "color": GREY})
            y += row.height
        middles = top + np.cumsum([0, *(row.height for row in rows[:-1])]) + [row.above + _TALL / 2 for row in rows]
        for n, (source, target) in enumerate(elbows):
            right = _RIGHT - _ELBOW * (len(elbows) - n)
            _elbow(ax, (right + 3, right + _ELBOW), middles[source], middles[target] - _spread(elbows, n))
        handles = [Patch(fc=_light(form), ec=_COLOURS[form], label=_WORDS.get(form, form)) for form in forms]
        words = {word for row in rows for line in row.lines for word in line.replace(_FIXED, " ").split()}
        used = [meaning for word, meaning in _SHORT.items() if word in words or f"({word}" in words]
        handles += [Patch(fc="none", ec="none", label=meaning) for meaning in used]
        ax.legend(handles=handles, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 0), borderaxespad=0.3,
                  handlelength=1.2, columnspacing=1.4, fontsize=_FONT)  # fmt: skip
    return ax


class _Row:
    """One stage, laid out before it is drawn: its height depends on its text."""

    def __init__(self, stage, right):
        self.stage = stage
        every = stage.runs()
        for shown in range(min(_RUNS, len(every)), 0, -1):
            self.runs = every if shown == len(every) else [*every[: max(0, shown - 2)], *every[-min(2, shown) :]]
            self.left_out = len(every) - shown
            texts, tiles = [_caption(run) for run in self.runs], [_tiles_width(len(run)) for run in self.runs]
            room = right - _LEFT - _SPACE * (shown - 1) - 40 * bool(self.left_out)
            self.widths = _shared(texts, tiles, room)
            if sum(self.widths) <= room:
                break
        self.captions = [_wrapped(text, width) for text, width in zip(texts, self.widths, strict=True)]
        self.lines = [line for caption in self.captions for line in caption]
        arcs = any(unit.shortcut or unit.form == "growing" for run in self.runs for unit in run)
        self.above = 10 + (_ARC if arcs else 0)
        self.height = self.above + _TALL + _LINE * max(map(len, self.captions)) + 12

    def draw(self, ax, y, tallest):
        stage, base = self.stage, y + self.above + _TALL
        ax.add_patch(FancyBboxPatch((6, y + 5), _WIDTH - 12, self.height - 11, "round,pad=0,rounding_size=5",
                                    fc="#f6f7f8", ec="#d5d8dc", lw=0.8, zorder=0))  # fmt: skip
        ax.text(14, base - 22, stage.name, weight="bold", va="center")
        ax.text(14, base - 8, " × ".join(map(str, stage.shape)), color=GREY, va="center")
        if stage.beside:
            ax.text(14, base + 6, "beside the way", color=GREY, style="italic", va="center")
        x = _LEFT
        for n, (run, width, caption) in enumerate(zip(self.runs, self.widths, self.captions, strict=True)):
            if self.left_out and n == max(0, len(self.runs) - 2):
                ax.text(x + 14, base - 8, f"{self.left_out}\nmore", color=GREY, ha="center", va="center")
                x += 40
            _draw_run(ax, run, x, base, tallest)
            for line, text in enumerate(caption):
                ax.text(x, base + 9 + _LINE * line, text.replace(_FIXED, " "), va="center")
            x += width + _SPACE


def _elbows(stages):
    """(row, later row) of each line past other stages, the shortest first: it runs nearest to the tiles."""
    rows = {stage.name: n for n, stage in reversed(list(enumerate(stages)))}
    pairs = [(rows[name], n) for n, stage in enumerate(stages) for name in stage.joined if name in rows]
    return sorted(pairs, key=lambda pair: pair[1] - pair[0])


def _spread(elbows, n):
    """Pixels by which a line ends above another that is joined to the same row."""
    return 6 * sum(target == elbows[n][1] for _, target in elbows[:n])


def _elbow(ax, across, source, target):
    """Out to the right, down, and back with an arrow's head."""
    start, far = across
    ax.plot([start, far, far], [source, source, target], color=GREY, lw=1.1, solid_joinstyle="round", zorder=3)
    ax.annotate("", (start, target), (far, target), arrowprops={"arrowstyle": "-|>", "color": GREY, "shrinkB": 0})


def _draw_run(ax, run, x, base, tallest):
    """The tiles of alike units, the middle of a long run left out."""
    units = run if len(run) <= _SHOWN else [*run[:3], None, run[-1]]
    places = []
    for unit in units:
        if unit is None:
            ax.text(x + 16, base - 8, f"…{len(run) - 4}…", color=GREY, ha="center", va="center")
            x += 36
            continue
        tall = 10 + (_TALL - 10) * np.log2(_resolution(unit.shape)) / max(1, np.log2(tallest))
        _draw_tile(ax, unit, (x, base - tall, tall))
        if unit.form == "growing":
            for start in places:
                far = 5 + 2.2 * (x - start) / (_TILE + _GAP)
                _arc(ax, (start, x + _TILE, base - tall), far, color=_COLOURS["growing"])
            places.append(x)
        if unit.shortcut:
            line = (0, (2, 1.5)) if unit.shortcut == "projection" else "-"
            _arc(ax, (x, x + _TILE, base - tall), _ARC, color=_COLOURS["residual"], ls=line)
        x += _TILE + _GAP


def _draw_tile(ax, unit, place):
    x, y, tall = place
    edge = {"ec": _COLOURS[unit.form], "lw": 1.2, "zorder": 2}
    ax.add_patch(Rectangle((x, y), _TILE, tall, fc=_light(unit.form), gid=unit.name, **edge))
    for n in range(1, unit.branches):
        ax.plot([x, x + _TILE], [y + tall * n / unit.branches] * 2, color=_COLOURS["branches"], lw=0.9, zorder=3)
    if unit.gated:
        ax.plot(x + _TILE / 2, y + tall / 2, "o", ms=4.5, mfc="white", mec=_COLOURS[unit.form], zorder=4)


def _arc(ax, place, rise, **line):
    """Half an ellipse over `place`, (left, right, y)."""
    left, right, y = place
    middle = (left + right) / 2, y
    ax.add_patch(Arc(middle, right - left, 2 * rise, theta1=180, theta2=360, lw=1.3, zorder=1, **line))


def _tiles_width(count):
    return count * (_TILE + _GAP) if count <= _SHOWN else 4 * (_TILE + _GAP) + 36


def _caption(run):
    """What is repeated how often: "6 × [1×1 256, 3×3 256, 1×1 1024]"."""
    unit = run[-1]
    if unit.branches > 1:
        windows = {window for other in run for node in other.nodes for window in _windows(node)}
        widths = sorted({other.shape[-1] for other in run})
        parts = [f"{unit.branches} branches: {', '.join(sorted(windows, key=_by_size))}"]
        channels = f", {' to '.join(map(str, dict.fromkeys((widths[0], widths[-1]))))} channels"
    else:
        strides = len(run) == 1  # in a run they differ
        windows = [(window if strides else window.split(" /")[0], width) for window, width in unit.way]
        parts, channels = [" ".join(str(part) for part in pair if part is not None) for pair in windows], ""
    parts = [part if "branches" in part else part.replace(" ", _FIXED) for part in parts]
    text = ", ".join([*parts, "gate"] if unit.gated else parts)
    return (f"{len(run)}{_FIXED}×{_FIXED}({text})" if len(run) > 1 else text) + channels


def _windows(node):
    operation = node.operation
    if is_quiet(operation) or is_gate(operation) or is_merge(node):
        return []
    return [describe(operation)[0].split(" /")[0]]


def _by_size(window):
    return (window[0].isalpha(), window)


def _shared(texts, tiles, room):
    """The width of each run: that of its text, and where the room ends the widest are wrapped first."""
    widths = [max(tile, _width(text)) for tile, text in zip(tiles, texts, strict=True)]
    least = [max(tile, *map(_width, text.split(" "))) for tile, text in zip(tiles, texts, strict=True)]
    while sum(widths) > room:
        spare = [width - low for width, low in zip(widths, least, strict=True)]
        widest = max((n for n, more in enumerate(spare) if more > 0), key=widths.__getitem__, default=None)
        if widest is None:
            break
        widths[widest] = max(least[widest], widths[widest] - 8)
    return widths


def _wrapped(text, width):
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".removeprefix(" ")
        lines = [*lines[:-1], longer] if _width(longer) <= width + 1 else [*lines, word]
    return lines


@cache
def _width(text):
    """In pixels, with what hinting adds."""
    return 1.04 * TextPath((0, 0), text, size=_FONT).get_extents().width * 100 / 72 if text else 0


def _resolution(shape):
    return max(1, *shape[:-1]) if len(shape) > 1 else 1


def _light(form):
    """The colour of a form, mixed with white."""
    colour = _COLOURS[form].lstrip("#")
    parts = [int(colour[n : n + 2], 16) for n in (0, 2, 4)]
    return tuple((0.32 * part + 0.68 * 255) / 255 for part in parts)
