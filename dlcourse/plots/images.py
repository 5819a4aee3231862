"""Grids of small images: examples from the data, and weights seen as images."""

import matplotlib.pyplot as plt
import numpy as np

from dlcourse.plots.style import STYLE


def image_grid(images, titles=None, columns=8, size=0.9):
    """Images in rows of `columns`, white to black from 0 to 1, each with its title above.

    Args:
        images: (n, h, w), (n, h, w, 1) or (n, h, w, 3), values in [0, 1].
        titles: n short texts.
        columns: images a row.
        size: side of an image in inches.

    Returns:
        the figure.
    """
    images = _stack(images)
    return _grid(images, titles, columns, size, {"cmap": "gray_r", "vmin": 0, "vmax": 1})


def weight_images(weights, titles=None, columns=5, size=1.1):
    """Weights as images: blue is negative, white is zero, red is positive, on one scale for all, with a colour bar.

    Args:
        weights: (k, h, w), one image a unit.
        titles, columns, size: as in `image_grid`.

    Returns:
        the figure.
    """
    weights = _stack(weights)
    bound = float(np.abs(weights).max()) or 1.0
    figure = _grid(weights, titles, columns, size, {"cmap": "RdBu_r", "vmin": -bound, "vmax": bound})
    drawn = next(ax.images[0] for ax in figure.axes if ax.images)
    figure.colorbar(drawn, ax=figure.axes, label="weight", fraction=0.03, pad=0.02)
    return figure


def _stack(images):
    images = np.asarray(images, dtype=float)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if len(images) == 0 or not (images.ndim == 3 or (images.ndim == 4 and images.shape[-1] == 3)):
        raise ValueError(f"images must be (n, h, w), (n, h, w, 1) or (n, h, w, 3) with n > 0, got {images.shape}.")
    return images


def _grid(images, titles, columns, size, how):
    n = len(images)
    if titles is not None and len(titles) != n:
        raise ValueError(f"{len(titles)} titles were given for {n} images; give one for each, or none.")
    columns = min(columns, n)
    rows = -(-n // columns)
    height = size + (0.24 if titles is not None else 0.0)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(rows, columns, figsize=(columns * size, rows * height), squeeze=False)
        for place, ax in enumerate(axes.ravel()):
            ax.axis("off")
            if place < n:
                ax.imshow(images[place], interpolation="nearest", **how)
                if titles is not None:
                    ax.set_title(str(titles[place]), fontsize=10, loc="center", pad=3)
    return figure
