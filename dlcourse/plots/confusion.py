"""Which classes are taken for which."""

import numpy as np
from sklearn.metrics import confusion_matrix as count_pairs

from dlcourse.plots.classes import class_numbers
from dlcourse.plots.style import new_axes


def confusion_matrix(y_true, y_pred, names=None, ax=None):
    """Counts of (true class, predicted class). Only the mistakes are coloured, so that a few stand out among many.

    Args:
        y_true, y_pred: class numbers (n,), integers from 0, n > 0; of probabilities (n, k), the argmax(axis=1).
        names: names of all classes; their numbers without.
        ax: axes to draw on; a new figure without.

    Returns:
        the axes.

    Raises:
        ValueError: y_true or y_pred is something else, their lengths differ, or a class has no name.
    """
    y_true = class_numbers(y_true, "y_true", names=names)
    y_pred = class_numbers(y_pred, "y_pred", len(y_true), names)
    classes = len(names) if names is not None else int(max(y_true.max(), y_pred.max())) + 1
    counts = count_pairs(y_true, y_pred, labels=np.arange(classes))  # (true, predicted)
    side = min(6.0, 2.2 + 0.42 * classes)
    ax = new_axes(ax, figsize=(side, side))
    mistakes = np.where(np.eye(classes, dtype=bool), 0, counts)
    top = max(1, mistakes.max())
    ax.imshow(mistakes, cmap="Oranges", vmin=0, vmax=1.3 * top)
    for true in range(classes):
        for predicted in range(classes):
            n, right = counts[true, predicted], true == predicted
            if n or right:
                ax.text(predicted, true, n, ha="center", va="center", color="#5f6368" if right else "black",
                        fontweight="normal" if right else "bold")  # fmt: skip
    labels = [str(name) for name in (names if names is not None else range(classes))]
    long = max(map(len, labels)) > 3
    ax.set_xticks(range(classes), labels, rotation=40 if long else 0, ha="right" if long else "center")
    ax.set_yticks(range(classes), labels)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.tick_params(length=0)
    return ax
