"""Shares of a whole, side by side."""

import numpy as np

from dlcourse.plots.style import GREY, PALETTE, new_axes


def share_bars(shares, title=None, ax=None):
    """A row a part, and in it a bar for each quantity: how much of the quantity that part holds.

    Args:
        shares: {quantity: {part: share 0 .. 1}}, dicts or pandas Series with the same parts in the same order.
        title: above the picture.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: there is no quantity or no part, or the parts differ.
    """
    parts = [list(dict(values)) for values in shares.values()]
    if not parts or not parts[0] or any(names != parts[0] for names in parts):
        raise ValueError(f"expected two or more quantities of the same parts, got the parts {parts}. Fill in 0.")
    rows, height = np.arange(len(parts[0])), 0.8 / len(shares)
    ax = new_axes(ax, figsize=(6.0, 1.1 + (0.24 + 0.12 * len(shares)) * len(rows)))
    for n, (name, values) in enumerate(shares.items()):
        percent = [100 * float(share) for share in dict(values).values()]
        places = rows + (n - (len(shares) - 1) / 2) * height
        bars = ax.barh(places, percent, height, color=PALETTE[n % len(PALETTE)], label=name,
                       hatch="//" if n % 2 else None, edgecolor="white", lw=0)  # fmt: skip
        ax.bar_label(bars, [f"{value:.1f} %" if value >= 0.05 else "" for value in percent], padding=2, fontsize=8)
    ax.set_yticks(rows, parts[0])
    ax.set(xlabel="share of the whole (%)", ylim=(len(rows) - 0.5, -0.5), title=title)
    ax.margins(x=0.12)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=GREY, alpha=0.2)
    ax.set_axisbelow(True)
    ax.legend()
    return ax
