"""Hinge losses: pay until the true class leads by a margin of 1, and nothing from there on.

Source: Weston & Watkins 1999, "Support vector machines for multi-class pattern recognition".
"""

import numpy as np

from dlcourse.scratch.labels import class_numbers


def hinge(y, s):
    """max(0, 1 - y s) for labels y = -1 or 1 and one score each.  (...), (...) -> (...) in [0, inf)

    >>> hinge([1, 1, -1], [2.0, 0.5, 0.5])
    array([0. , 0.5, 1.5])

    Raises:
        ValueError: a label is neither -1 nor 1.
    """
    y = np.asarray(y, dtype=float)
    if not np.all(np.abs(y) == 1):
        raise ValueError(f"hinge wants labels -1 or 1, got {np.unique(y)[:5]}. Map 0, 1 by 2 * y - 1.")
    return np.maximum(0, 1 - y * s)


def weston_watkins(y, s):
    """sum over wrong classes j of max(0, 1 + s_j - s_y).  y (n,) class numbers, s (n, k) -> (n,) in [0, inf)

    >>> weston_watkins([0], [[3.0, 2.5, -1.0]])
    array([0.5])

    Raises:
        ValueError: labels out of range.
    """
    return _violations(y, s).sum(axis=-1)


def squared_weston_watkins(y, s):
    """sum over wrong classes j of max(0, 1 + s_j - s_y)^2.  y (n,) class numbers, s (n, k) -> (n,) in [0, inf)

    >>> squared_weston_watkins([0], [[3.0, 2.5, -1.0]])
    array([0.25])

    Raises:
        ValueError: labels out of range.
    """
    return (_violations(y, s) ** 2).sum(axis=-1)


def weston_watkins_gradient(y, s):
    """Slope of `weston_watkins` in the scores, 0 taken at a corner.  y (n,), s (n, k) -> (n, k)

    1 at each wrong class inside the margin, minus their count at the true class: rows sum to 0.
    """
    slope = (_violations(y, s) > 0).astype(float)  # (n, k)
    slope[np.arange(len(slope)), y] = -slope.sum(axis=-1)
    return slope


def squared_weston_watkins_gradient(y, s):
    """Slope of `squared_weston_watkins` in the scores.  y (n,), s (n, k) -> (n, k)

    2 max(0, 1 + s_j - s_y) at each wrong class, minus their sum at the true class: rows sum to 0.
    """
    slope = 2 * _violations(y, s)  # (n, k)
    slope[np.arange(len(slope)), y] = -slope.sum(axis=-1)
    return slope


def _violations(y, s):
    """max(0, 1 + s_j - s_y), and 0 at the true class.  (n,), (n, k) -> (n, k)"""
    s = np.asarray(s, dtype=float)
    y = class_numbers(y, s.shape[-1])
    rows = np.arange(len(y))
    gap = np.maximum(0, 1 + s - s[rows, y][:, None])
    gap[rows, y] = 0  # the true class would add max(0, 1 + 0) = 1
    return gap
