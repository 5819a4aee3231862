"""Softmax regression: a probability for each of k classes, by gradient descent on the cross entropy.

Labels come as class numbers (n,), "sparse", or as rows of probabilities (n, k), of which one-hot is a special case.
"""

import numpy as np

from dlcourse.scratch.labels import class_numbers, one_hot


def softmax(z):
    """Scores to probabilities: e^z / sum(e^z) over the last axis.  z (..., k) -> (..., k), rows sum to 1

    Adding one number to all scores changes nothing, so the largest is taken off first and no e^z overflows.

    >>> softmax([2.0, 1.0, 0.1]).round(3)
    array([0.659, 0.242, 0.099])
    """
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(axis=-1, keepdims=True))  # in [0, 1]
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(z):
    """log(softmax(z)) without the logarithm of a rounded 0.  z (..., k) -> (..., k) in (-inf, 0]

    log p = z - m - log(sum(e^(z - m)))  with  m = max(z)

    >>> log_softmax([0.0, -2000.0])
    array([    0., -2000.])
    """
    z = np.asarray(z, dtype=float)
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def cross_entropy(y, z):
    """-sum(y log p) with p = softmax(z), one number an example.  y (n,) or (n, k), z (n, k) -> (n,)

    With class numbers it reads one entry of each row; with rows of probabilities it multiplies all k.

    >>> cross_entropy([1], np.log([[0.2, 0.7, 0.1]])).round(4)
    array([0.3567])

    Raises:
        ValueError: labels out of range, a shape that is neither (n,) nor (n, k), or rows that do not sum to 1.
    """
    log_p = log_softmax(z)
    if np.ndim(y) == 1:
        y = class_numbers(y, log_p.shape[-1])
        return -log_p[np.arange(len(y)), y]
    return -(_rows(y, log_p) * log_p).sum(axis=-1)


def softmax_gradient(y, z):
    """Slope of the cross entropy in the scores: dL/dz = p - y, one row an example.  (n,) or (n, k), (n, k) -> (n, k)

    Raises:
        ValueError: as `cross_entropy`.
    """
    p = softmax(z)
    return p - (one_hot(y, p.shape[-1]) if np.ndim(y) == 1 else _rows(y, p))


def fit_softmax(x, y, batches, rate, start, penalty=0.0):
    """Gradient descent on mean(cross_entropy) + penalty / 2 * |w|^2, one step a batch; b is not penalised.

    z = x w + b, so dL/dw = x^T (p - y) / n and dL/db is the mean of p - y.

    Args:
        x, y: examples (n, d) and labels (n,) or (n, k).
        batches: row numbers of each step; `[slice(None)] * 100` is 100 steps on all rows.
        rate: length of a step in gradients.
        start: (w, b) of shapes (d, k) and (k,).
        penalty: weight of the squared length of w.

    Returns:
        w (d, k), b (k,), and the loss before each step (t,).
    """
    w, b = start
    losses = []
    for rows in batches:
        z = x[rows] @ w + b  # (n, k)
        losses.append(cross_entropy(y[rows], z).mean() + penalty / 2 * (w**2).sum())
        dz = softmax_gradient(y[rows], z) / len(z)
        w, b = w - rate * (x[rows].T @ dz + penalty * w), b - rate * dz.sum(axis=0)
    return w, b, np.array(losses)


def _rows(y, z):
    y = np.asarray(y, dtype=float)
    if y.shape != z.shape:
        raise ValueError(f"labels must be class numbers (n,) or rows {z.shape} like the scores, got {y.shape}.")
    total = y.sum(axis=-1)
    if np.any(y < 0) or not np.allclose(total, 1, rtol=0, atol=1e-5):
        raise ValueError(
            f"rows of labels must be at least 0 and sum to 1, got sums from {total.min():g} to {total.max():g} and "
            f"entries from {y.min():g}. Divide each row by its sum; labels that do not compete want sigmoids."
        )
    return y
