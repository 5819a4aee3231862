"""One quiet style for every figure of the course: few lines, large enough text, colours everyone can tell apart."""

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F3C8D", "#333333", "#A07D00", "#999999")
"""Ten colours, the first eight of which everyone can tell apart."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
"""A marker for each colour, so that no figure tells things apart by colour alone."""
GREY = "#5f6368"

STYLE = {
    "figure.figsize": (6.0, 3.6),
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": False,
    "axes.prop_cycle": cycler(color=PALETTE),
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "#202124",
    "ytick.labelcolor": "#202124",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "image.cmap": "gray_r",
}


def use_style():
    """Draw every further figure of this session in the course's style. A notebook calls it once, at its top.

    The first eight colours are the palette of Okabe & Ito (2008), with yellow replaced by a violet that is legible
    on white; classes are told apart by marker as well as by colour.
    """
    plt.rcParams.update(STYLE)


def new_axes(ax=None, figsize=None):
    """`ax` itself, or the axes of a new figure in the course's style."""
    if ax is not None:
        return ax
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=figsize)
    return ax


def as_matrix(values, columns, what):
    """`values` as a float array (n, columns); `what` names it in the error."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or (columns is not None and array.shape[1] != columns):
        wanted = f"(n, {columns})" if columns is not None else "(rows, columns)"
        raise ValueError(f"{what} must have the shape {wanted}, got {array.shape}. Choose or reshape its columns.")
    return array
