"""Curves over steps, with a band where there are several seeds."""

import numpy as np

from dlcourse.plots.style import new_axes

_STYLES = ("-", "--", "-.", ":")


def curves(runs, x=None, xlabel="step", ylabel="loss", log=False, ax=None):
    """One line for each entry of `runs`: the mean over seeds, with a band from the lowest to the highest seed.

    Args:
        runs: {name: values (t,) or (seeds, t)}; lines may differ in length. Of what `fit` returns, its `.history`.
        x: positions (t,) shared by all; 1, 2, ... without.
        xlabel, ylabel: axis labels, with units where there are any.
        log: whether the vertical axis is logarithmic.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: `runs` is no dict, or a line or x has another shape.
    """
    if not hasattr(runs, "items"):
        fix = "pass history.history" if hasattr(runs, "history") else "pass a dict {name: values}"
        raise ValueError(f"curves draws a line for each entry of a dict, got a {type(runs).__name__}; {fix}.")
    ax = new_axes(ax)
    for n, (name, values) in enumerate(runs.items()):
        values = np.atleast_2d(np.asarray(values, dtype=float))  # (seeds, t)
        if values.ndim != 2:
            raise ValueError(f"{name!r} must be (t,) or (seeds, t), got {values.shape}. Draw one quantity a line.")
        steps = np.arange(1, values.shape[1] + 1) if x is None else np.asarray(x)
        if steps.shape != (values.shape[1],):
            raise ValueError(f"x has the shape {steps.shape}, but {name!r} has {values.shape[1]} steps.")
        (line,) = ax.plot(steps, values.mean(axis=0), _STYLES[n % len(_STYLES)], label=name)
        if len(values) > 1:
            ax.fill_between(steps, values.min(axis=0), values.max(axis=0), color=line.get_color(), alpha=0.18, lw=0)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        ax.set_yscale("log")
    if len(runs) > 1:
        ax.legend()
    return ax
