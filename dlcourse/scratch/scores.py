"""What a decision is worth: confusion counts, precision, recall and F1.

The scores take counts, so that averages need no option: `f1(tp, fp, fn).mean()` is the macro average, and
`f1(tp.sum(), fp.sum(), fn.sum())` the micro average. With several labels an example, count `(y & p).sum(axis=0)`.

Source: van Rijsbergen 1979, chapter 7.
"""

import numpy as np

from dlcourse.scratch.labels import class_numbers


def confusion_counts(y_true, y_pred, classes):
    """How often each class is taken for each.  (n,), (n,) -> (k, k) int64, row: true class, column: predicted class

    >>> confusion_counts([0, 0, 1], [0, 1, 1], classes=2)
    array([[1, 1],
           [0, 1]])

    Raises:
        ValueError: a class number outside 0 .. classes - 1, or arrays of different lengths.
    """
    y_true, y_pred = class_numbers(y_true, classes), class_numbers(y_pred, classes)
    if len(y_true) != len(y_pred):
        raise ValueError(f"{len(y_true)} true and {len(y_pred)} predicted classes; give one prediction an example.")
    return np.bincount(classes * y_true + y_pred, minlength=classes**2).reshape(classes, classes)


def class_counts(counts):
    """True positives, false positives and false negatives of each class.  (k, k) -> three times (k,)

    >>> [c.tolist() for c in class_counts(np.array([[1, 1], [0, 1]]))]
    [[1, 1], [0, 1], [1, 0]]
    """
    tp = np.diag(counts)
    return tp, counts.sum(axis=0) - tp, counts.sum(axis=1) - tp


def precision(tp, fp):
    """Which share of what was named is right: tp / (tp + fp), and 0 where nothing was named.  (...) -> (...)"""
    return _share(tp, np.add(tp, fp))


def recall(tp, fn):
    """Which share of what is there was named: tp / (tp + fn), and 0 where nothing is there.  (...) -> (...)"""
    return _share(tp, np.add(tp, fn))


def f1(tp, fp, fn):
    """Harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn), and 0 for three zeros.  (...) -> (...)

    >>> float(f1(tp=8, fp=2, fn=8).round(3))
    0.615
    """
    return _share(np.multiply(2, tp), np.multiply(2, tp) + fp + fn)


def _share(part, whole):
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.where(whole == 0, 0.0, part / np.where(whole == 0, 1.0, whole))
