"""Rates of several groups side by side."""

import numpy as np

from dlcourse.plots.style import GREY, MARKERS, PALETTE, new_axes

RATES = {"selection_rate": "selection rate", "tpr": "TPR", "fpr": "FPR", "ppv": "PPV", "accuracy": "accuracy"}


def group_rates(table, rates=("selection_rate", "tpr", "fpr", "ppv"), ax=None):
    """A row for each rate, in it a point with its interval for each group: what is far apart is unequal.

    Args:
        table: the DataFrame of `evaluation.fairness_table`; its row "all" is left out.
        rates: names of columns that also stand there with _low and _high.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes. A rate that is NaN has no point.

    Raises:
        ValueError: a column is missing, or there is no group.
    """
    wanted = [name + end for name in rates for end in ("", "_low", "_high")]
    missing = [name for name in wanted if name not in getattr(table, "columns", ())]
    groups = [] if missing else [name for name in table.index if name != "all"]
    if not groups:
        what = f"lacks {missing}" if missing else "holds no group"
        raise ValueError(f"the table {what}. Pass what evaluation.fairness_table returns.")
    ax = new_axes(ax, figsize=(6.0, 0.9 + 0.45 * len(rates)))
    for n, group in enumerate(groups):
        value, low, high = (
            table.loc[group, [name + end for name in rates]].to_numpy(float) for end in ("", "_low", "_high")
        )
        rows = np.arange(len(rates)) + 0.22 * (n - (len(groups) - 1) / 2)
        bars = np.stack([value - low, high - value]).clip(0)
        ax.errorbar(value, rows, xerr=bars, fmt=MARKERS[n % len(MARKERS)], color=PALETTE[n % len(PALETTE)], capsize=3,
                    lw=1.4, label=str(group))  # fmt: skip
    ax.set_yticks(range(len(rates)), [RATES.get(name, name.replace("_", " ")) for name in rates])
    ax.set(xlabel="rate, with its interval", xlim=(0, 1), ylim=(len(rates) - 0.5, -0.5))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=GREY, alpha=0.2)
    ax.legend()
    return ax
