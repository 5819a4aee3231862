"""A function of two variables seen from above, with the paths that optimizers take on it."""

import numpy as np

from dlcourse.plots.style import GREY, MARKERS, PALETTE, as_matrix, new_axes

PATH = "path"  # the group id of a line that shows a path; `animate` lets these lines grow

_STYLES = ("-", "--", "-.", ":")


def surface(fn, bounds, paths=None, minimum=None, levels=14, ax=None):
    """Contours of `fn` from light (low) to dark (high), with a line for each path; its last point carries a marker.

    Between neighbouring contours lies about the same area, so that a narrow valley and a wide plain both show,
    whatever the heights are. What lies outside `bounds` is not drawn, and neither is NaN or infinity.

    Args:
        fn: points (n, 2) -> heights (n,).
        bounds: ((x1 low, x1 high), (x2 low, x2 high)).
        paths: {name: points (t, 2)}, in the order of the steps; all from one start, or not.
        minimum: a point (2,), or several (k, 2), to mark with a cross.
        levels: number of contours, at least 2.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: bounds that are no two rising pairs, a path or minimum of another shape, or `fn` that gives
            another number of heights or none that is finite, or fewer than 2 levels.

    >>> ax = surface(lambda p: (p**2).sum(axis=1), ((-1, 1), (-1, 1)), {"half": [[1, 1], [0.5, 0.5]]}, minimum=(0, 0))
    >>> [line.get_label() for line in ax.lines if line.get_gid() == PATH]
    ['half']
    """
    bounds = _pairs(bounds)
    if levels < 2:
        raise ValueError(f"contours split the heights into at least 2 levels, got {levels}. Take 10 to 20.")
    paths = _points(paths)
    ax = new_axes(ax, figsize=(4.6, 3.8))
    heights, sides = _heights(fn, bounds)
    steps = np.unique(np.nanquantile(heights, np.linspace(0, 1, int(levels) + 1) ** 1.5))
    if len(steps) > 2:
        shades = [str(shade) for shade in np.linspace(0.98, 0.70, len(steps) - 1)]
        ax.contourf(*sides, heights, levels=steps, colors=shades, zorder=0)
        ax.contour(*sides, heights, levels=steps[1:-1], colors="white", linewidths=0.6, linestyles="-")
    if minimum is not None:
        ax.plot(*as_matrix(np.atleast_2d(minimum), 2, "minimum").T, "x", color="black", ms=8, mew=1.8, zorder=4)
    for place, (name, points) in enumerate(paths.items()):
        _draw_path(ax, str(name), points, place)
    ax.set(xlim=bounds[0], ylim=bounds[1], xlabel="$w_1$", ylabel="$w_2$")
    return ax


def _points(paths):
    if paths is not None and not hasattr(paths, "items"):
        raise ValueError(f"paths must be a dict {{name: points (t, 2)}}, got a {type(paths).__name__}. Name each path.")
    paths = {name: as_matrix(points, 2, f"path {name!r}") for name, points in (paths or {}).items()}
    empty = [name for name, points in paths.items() if len(points) == 0]
    if empty:
        raise ValueError(f"path {empty[0]!r} has no points, expected at least its start. Leave it out.")
    return paths


def _draw_path(ax, name, points, place):
    points = np.where(np.isfinite(points).all(axis=1, keepdims=True), points, np.nan)
    if place == 0:
        ax.plot(*points[0], "o", color="white", mec=GREY, mew=1.5, ms=7, zorder=2.5)
    ax.plot(
        *points.T, _STYLES[place % len(_STYLES)], color=PALETTE[place % len(PALETTE)], lw=1.7, label=name, gid=PATH,
        marker=MARKERS[place % len(MARKERS)], markevery=[len(points) - 1], ms=7, mec="white", mew=0.8,
        zorder=3 + place / 100,
    )  # fmt: skip


def _pairs(bounds):
    pairs = np.asarray(bounds, dtype=float)
    if pairs.shape != (2, 2) or not np.isfinite(pairs).all() or (pairs[:, 0] >= pairs[:, 1]).any():
        raise ValueError(f"bounds must be ((x1 low, x1 high), (x2 low, x2 high)), low below high, got {bounds}.")
    return pairs


def _heights(fn, bounds, resolution=160):
    sides = [np.linspace(low, high, resolution) for low, high in bounds]
    grid = np.stack(np.meshgrid(*sides), axis=-1)  # (resolution, resolution, 2)
    heights = np.asarray(fn(grid.reshape(-1, 2)), dtype=float)
    if heights.shape != (resolution**2,):
        raise ValueError(
            f"fn must give one height for each point, shape ({resolution**2},), got {heights.shape}. "
            "It is called once, with all points as the rows of an array (n, 2)."
        )
    if not np.isfinite(heights).any():
        raise ValueError("fn gives no finite height anywhere within the bounds. Choose other bounds, or mend fn.")
    return np.where(np.isfinite(heights), heights, np.nan).reshape(resolution, resolution), sides
