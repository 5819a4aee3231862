"""The loss around weights: as a map of a plane, and as lines for several nets."""

import numpy as np
from matplotlib.colors import LogNorm

from dlcourse.plots.curves import curves
from dlcourse.plots.style import MARKERS, PALETTE, new_axes

SPAN = 1e-6  # of the largest loss: what lies lower is drawn as low as this


def landscape(losses, alphas, betas, points=None, ax=None):
    """Contours of the loss over a plane, on a logarithmic scale: each line is the same factor above the last.

    Args:
        losses: (s, t), above 0, one row for each beta, as `curvature.loss_plane` returns them. Where a loss is
            infinite or NaN, the map stays grey.
        alphas, betas: the steps (t,) to the right and (s,) up, rising.
        points: {name: (alpha, beta)} to mark, such as solutions; the place of the weights, (0, 0), without.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: shapes that do not fit each other, fewer than two steps, a negative loss, or none that is finite.
    """
    losses, alphas, betas = (np.asarray(values, dtype=float) for values in (losses, alphas, betas))
    if losses.shape != (betas.size, alphas.size) or min(losses.shape) < 2 or alphas.ndim != 1 or betas.ndim != 1:
        raise ValueError(
            f"losses must have one row a beta and one column an alpha, at least 2 of each; got {losses.shape} for "
            f"{betas.shape} betas and {alphas.shape} alphas. Transpose losses if they are the other way round."
        )
    known = losses[np.isfinite(losses)]
    if known.size == 0 or known.min() < 0 or known.max() == 0:
        raise ValueError(
            "the map is logarithmic and needs finite losses, none below 0 and one above; got "
            f"{known.size} finite losses{f' from {known.min():g}' if known.size else ''}. Add a constant to the loss."
        )
    ax = new_axes(ax, figsize=(5.2, 4.0))
    low = max(known.min(), SPAN * known.max())
    levels = np.geomspace(low, max(known.max(), 1.001 * low), 16)
    shown = np.ma.masked_invalid(np.maximum(losses, low))
    ax.set_facecolor("#d9dbde")
    filled = ax.contourf(alphas, betas, shown, levels, cmap="viridis_r", norm=LogNorm(levels[0], levels[-1]))
    ax.contour(alphas, betas, shown, levels[1:-1], colors="white", linewidths=0.5)
    colours = ax.figure.colorbar(filled, ax=ax, label="loss", ticks=levels[::3])
    colours.ax.set_yticklabels([f"{level:.2g}" for level in levels[::3]])
    colours.ax.minorticks_off()
    points = {"the weights": (0.0, 0.0)} if points is None else points
    for n, (name, place) in enumerate(points.items()):
        ax.plot(*place, MARKERS[n % len(MARKERS)], color=PALETTE[1], markersize=8, markeredgecolor="white", label=name)
    if points:
        ax.legend(loc="upper right", frameon=True, framealpha=0.9)
    ax.set(xlabel="step along the first direction", ylabel="step along the second direction")
    return ax


def landscape_lines(lines, alphas, xlabel="step along the direction", log=False, ax=None):
    """The loss along a line for several nets: the valley that stays low for longer is the flatter one.

    Args:
        lines: {name: losses (t,), or (seeds, t) for a line at their mean with a band from the lowest to the highest}.
        alphas: the steps (t,), 0 at the weights.
        xlabel: what a step is.
        log: whether the loss is on a logarithmic axis.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: as `curves`.
    """
    ax = curves(lines, x=alphas, xlabel=xlabel, log=log, ax=ax)
    if np.min(alphas) < 0 < np.max(alphas):
        ax.axvline(0, color="#9aa0a6", lw=0.8, zorder=0)
    return ax
