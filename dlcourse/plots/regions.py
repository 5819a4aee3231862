"""What a classifier answers at every point of a plane."""

import numpy as np
from matplotlib.colors import ListedColormap

from dlcourse.plots.classes import class_numbers
from dlcourse.plots.style import MARKERS, PALETTE, as_matrix, new_axes


def decision_regions(predict, x, y, names=None, ax=None, resolution=200):
    """Colour the plane by the class that `predict` gives each point, and put the labelled points on it.

    Args:
        predict: (n, 2) float array -> (n,) class numbers, integers from 0 or truth values; not probabilities.
        x, y: points (n, 2) and their classes (n,), integers from 0.
        names: names of the classes, for the legend.
        ax: axes to draw on; a new figure without.
        resolution: points along each side of the grid that is asked.

    Returns:
        the axes.

    Raises:
        ValueError: x, y or what `predict` returns has another shape or type, or a class of y has no name.
    """
    x = as_matrix(x, 2, "x")
    y = class_numbers(y, "y", len(x), names)
    ax = new_axes(ax, figsize=(4.6, 3.8))
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    sides = [np.linspace(low[i] - margin[i], high[i] + margin[i], resolution) for i in range(2)]
    grid = np.stack(np.meshgrid(*sides), axis=-1)  # (resolution, resolution, 2)
    answer = class_numbers(predict(grid.reshape(-1, 2)), "predict(points)", resolution**2)
    answer = answer.reshape(resolution, resolution)
    classes = max(int(y.max()), int(answer.max())) + 1
    colours = [PALETTE[k % len(PALETTE)] for k in range(classes)]
    ax.pcolormesh(
        *sides, answer, cmap=ListedColormap(colours), vmin=-0.5, vmax=classes - 0.5, alpha=0.22, shading="nearest",
        rasterized=True, linewidth=0,
    )  # fmt: skip
    for k in np.unique(y):
        label = str(k) if names is None else str(names[k])
        marker = MARKERS[k % len(MARKERS)]
        ax.scatter(*x[y == k].T, color=colours[k], marker=marker, s=26, edgecolor="white", linewidth=0.5, label=label)
    ax.legend(loc="best")
    return ax
