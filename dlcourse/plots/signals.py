"""The size of the signal, layer by layer: measured points beside the curve that theory draws."""

import numpy as np

from dlcourse.plots.style import MARKERS, PALETTE, new_axes

_STYLES = ("-", "--", "-.", ":")


def signal_propagation(runs, column="a_var", theory=None, ylabel="variance of the activations", ax=None):
    """One set of points for each entry of `runs`: the geometric mean over seeds, with a bar from lowest to highest.

    The vertical axis is logarithmic, since what a layer does to a signal is to multiply it. What is exactly 0 cannot
    be drawn there and is left out.

    Args:
        runs: {name: one table or a list of tables, one a seed}, as `initializers.signal_propagation` gives them, or
            values (layers,) or (seeds, layers). The first entry stands at 0, for the input.
        column: what to read from a table.
        theory: {name: values (layers,)}, drawn as a line in the colour of the points of that name.
        ylabel: label of the vertical axis.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: `runs` is no dict, a table lacks the column, values are negative or of another shape, or `theory`
            has a name that `runs` has not.
    """
    if not hasattr(runs, "items"):
        raise ValueError(f"runs is a dict {{name: tables}}, got a {type(runs).__name__}. Name each entry.")
    theory = theory or {}
    unknown = sorted(set(theory) - set(runs))
    if unknown:
        raise ValueError(f"theory has {unknown}, which runs has not; it has {sorted(runs)}. Name both alike.")
    ax = new_axes(ax)
    for n, (name, tables) in enumerate(runs.items()):
        values, colour = _values(name, tables, column), PALETTE[n % len(PALETTE)]
        layers = np.arange(values.shape[1])
        shown = (values > 0).all(axis=0)
        middle = np.exp(np.log(values[:, shown]).mean(axis=0))
        spread = np.abs(np.stack([values[:, shown].min(axis=0), values[:, shown].max(axis=0)]) - middle)
        points = {"marker": MARKERS[n % len(MARKERS)], "ms": 4, "ls": "none", "color": colour, "label": name}
        if len(values) == 1:
            ax.plot(layers[shown], middle, **points)
        else:
            ax.errorbar(layers[shown], middle, yerr=spread, elinewidth=0.8, **points)
        if name in theory:
            line = _values(name, theory[name], column)[0]
            ax.plot(np.arange(len(line)), line, _STYLES[n % len(_STYLES)], color=colour, lw=1.4, zorder=1)
    ax.set(xlabel="layer", ylabel=ylabel, yscale="log")
    ax.legend()
    return ax


def _values(name, tables, column):
    """Tables, or numbers, as an array (seeds, layers)."""
    tables = [tables] if hasattr(tables, "columns") else tables
    if len(tables) and hasattr(tables[0], "columns"):
        missing = next((table for table in tables if column not in table.columns), None)
        if missing is not None:
            raise ValueError(
                f"{name!r} has no column {column!r}. Choose one of {', '.join(map(str, missing.columns))}."
            )
        tables = [table[column].to_numpy(dtype=float) for table in tables]
    values = np.atleast_2d(np.asarray(tables, dtype=float))
    if values.ndim != 2 or values.shape[1] == 0 or np.any(values < 0):
        raise ValueError(
            f"{name!r} must be numbers >= 0 of the shape (layers,) or (seeds, layers), got {values.shape} from "
            f"{np.min(values, initial=np.inf):.3g}. Give one number a layer, a variance or a size."
        )
    return values
