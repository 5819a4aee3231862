"""Runs over seeds: every one of them, and what their mean is worth."""

import numpy as np
from scipy import stats

from dlcourse.plots.style import GREY, MARKERS, PALETTE, new_axes


def seed_dots(values, xlabel="value", ax=None):
    """A dot for each seed and the mean with its 95 % t interval, one row a variant.

    Args:
        values: DataFrame (seeds, variants), or {name: values (n,)}.
        xlabel: what is measured, with its unit.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: there is no variant, or one has fewer than two values.
    """
    rows = {str(name): np.asarray(column, dtype=float) for name, column in dict(values).items()}
    if not rows or any(column.ndim != 1 or len(column) < 2 for column in rows.values()):
        shapes = {name: column.shape for name, column in rows.items()}
        raise ValueError(f"expected two or more values a variant, as {{name: values (n,)}}, got the shapes {shapes}.")
    ax = new_axes(ax, figsize=(6.0, 1.1 + 0.5 * len(rows)))
    for place, (name, column) in enumerate(rows.items()):
        colour, n = PALETTE[place % len(PALETTE)], len(column)
        marker = MARKERS[place % len(MARKERS)]
        ax.plot(column, np.full(n, place - 0.17), marker, color=colour, alpha=0.55, markersize=4, label=name)
        reach = stats.t.ppf(0.975, n - 1) * column.std(ddof=1) / np.sqrt(n)
        ax.errorbar(column.mean(), place + 0.17, xerr=reach, fmt="|", color="black", capsize=4, markersize=11, lw=1.6)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.set_xlabel(xlabel)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=GREY, alpha=0.2)
    return ax
