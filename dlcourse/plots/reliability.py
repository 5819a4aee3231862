"""Promised and observed frequencies."""

import numpy as np

from dlcourse.plots.style import GREY, MARKERS, PALETTE, new_axes

COLUMNS = ("n", "predicted", "observed", "observed_low", "observed_high")
LINES = ("-", "--", "-.", ":")


def reliability_diagram(tables, ax=None):
    """Observed against predicted frequency, a point a bin with its interval; on the diagonal the model keeps its word.

    The area of a point grows with the number of examples in its bin.

    Args:
        tables: the DataFrame of `evaluation.reliability`, or {name: DataFrame} to compare models.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: a table lacks a column, or has no filled bin.
    """
    named = dict(tables) if not hasattr(tables, "columns") else {"model": tables}
    for name, table in named.items():
        missing = set(COLUMNS) - set(getattr(table, "columns", ()))
        if missing or not (table["n"] > 0).any():
            what = f"lacks {sorted(missing)}" if missing else "has only empty bins"
            raise ValueError(f"the table of {name!r} {what}. Pass what evaluation.reliability returns.")
    ax = new_axes(ax, figsize=(4.6, 4.2))
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls=(0, (4, 3)), label="as promised")
    for i, (name, table) in enumerate(named.items()):
        filled = table[table["n"] > 0]
        x, y = filled["predicted"].to_numpy(float), filled["observed"].to_numpy(float)
        colour, shift = PALETTE[i % len(PALETTE)], 0.006 * (i - (len(named) - 1) / 2)
        bars = np.stack([y - filled["observed_low"], filled["observed_high"] - y]).clip(0)
        ax.errorbar(x + shift, y, yerr=bars, fmt="none", ecolor=colour, elinewidth=1, alpha=0.6)
        ax.plot(x + shift, y, LINES[i % len(LINES)], color=colour, lw=1.4, label=name)
        sizes = 15 + 85 * filled["n"] / filled["n"].max()
        ax.scatter(x + shift, y, s=sizes, marker=MARKERS[i % len(MARKERS)], color=colour, zorder=3)
    ax.set(xlabel="predicted probability", ylabel="observed share", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    ax.legend(loc="upper left")
    return ax
