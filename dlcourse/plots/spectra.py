"""The eigenvalues of a matrix as a density."""

import numpy as np

from dlcourse.plots.style import PALETTE, new_axes

DECADES = 6  # below its peak, the density is not shown: there the tails of the smoothing kernel take over


def spectrum(grid, density, eigenvalues=None, ax=None):
    """The density of eigenvalues on a logarithmic axis, so that a single one among thousands can still be seen.

    Args:
        grid, density: (m,) as in the result of `curvature.spectrum_density`.
        eigenvalues: (k,) known ones, marked on the axis; none without.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: grid and density of different or other shapes, or a density that is negative, NaN or 0 throughout.
    """
    grid, density = np.asarray(grid, dtype=float), np.asarray(density, dtype=float)
    if grid.ndim != 1 or grid.shape != density.shape or grid.size < 2:
        raise ValueError(
            f"grid and density must be flat, of one length above 1; got {grid.shape} and {density.shape}. "
            "Pass the .grid and the .density of one spectrum."
        )
    if not (density >= 0).all() or not 0 < density.max() < np.inf:
        raise ValueError("a density must be finite, nowhere negative or NaN, and somewhere above 0. Pass .density.")
    ax = new_axes(ax)
    floor = density.max() * 10.0**-DECADES
    ax.fill_between(grid, floor, np.maximum(density, floor), color=PALETTE[0], alpha=0.25, lw=0)
    ax.plot(grid, np.where(density > floor, density, np.nan), color=PALETTE[0], label="density")
    if eigenvalues is not None:
        places = np.asarray(eigenvalues, dtype=float).ravel()
        ax.plot(places, np.full(places.shape, floor), "v", color=PALETTE[1], markersize=8, clip_on=False,
                label="eigenvalues found by Lanczos", zorder=3)  # fmt: skip
        ax.legend(loc="upper right")
    ax.set(xlabel="eigenvalue", ylabel="share of the eigenvalues\nper unit of eigenvalue")
    ax.set_yscale("log")
    ax.set_ylim(floor, 3 * density.max())
    return ax
