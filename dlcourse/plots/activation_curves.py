"""Activation functions and their slopes, side by side in small panels."""

import matplotlib.pyplot as plt
import numpy as np

from dlcourse.plots.style import GREY, PALETTE, STYLE


def activation_curves(curves, x, columns=4, limits=(-2.0, 3.0)):
    """One small panel for each function: its value as a solid line, its slope as a dashed one, on the same axes.

    Args:
        curves: {name: (values, slopes)}, each of the shape of x.
        x: positions (t,), shared by all.
        columns: panels a row.
        limits: lowest and highest value shown, the same for all panels, so that they can be compared.

    Returns:
        the figure.

    Raises:
        ValueError: there is no function, or a line does not have the shape of x.
    """
    x = np.asarray(x, dtype=float)
    pairs = {name: [np.asarray(line, dtype=float) for line in pair] for name, pair in curves.items()}
    if not pairs or x.ndim != 1:
        raise ValueError(f"activation_curves needs a function or more over x (t,), got {len(pairs)} over {x.shape}.")
    for name, pair in pairs.items():
        if [line.shape for line in pair] != [x.shape] * 2:
            shapes = ", ".join(str(line.shape) for line in pair)
            raise ValueError(f"{name!r} must be (values, slopes), both of the shape {x.shape} of x; got {shapes}.")
    columns = min(columns, len(pairs))
    rows = -(-len(pairs) // columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows, columns, figsize=(1.65 * columns, 1.55 * rows + 0.4), sharex=True, sharey=True, squeeze=False
        )
        for ax in axes.ravel()[len(pairs) :]:
            ax.set_visible(False)
        for ax, (name, (values, slopes)) in zip(axes.ravel(), pairs.items(), strict=False):
            ax.axhline(0, color=GREY, lw=0.6)
            ax.axvline(0, color=GREY, lw=0.6)
            (value,) = ax.plot(x, values, "-", color=PALETTE[0])
            (slope,) = ax.plot(x, slopes, "--", color=PALETTE[1])
            ax.set_title(name)
        axes[0, 0].set_ylim(*limits)
        figure.supxlabel("x", fontsize=STYLE["font.size"])
        figure.legend([value, slope], ["value", "slope"], loc="outside upper right", ncols=2)
    return figure
