"""Logistic regression: a probability for one of two classes, by gradient descent on the binary cross entropy.

Source: Cox 1958; the overflow-free forms are algebra.
"""

import numpy as np


def sigmoid(z):
    """1 / (1 + e^-z), by an exponential that cannot overflow.  z (...) -> (...) in [0, 1]

    >>> sigmoid([0.0, 1000.0, -1000.0])
    array([0.5, 1. , 0. ])
    """
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))  # in (0, 1]
    return np.where(z >= 0, 1, e) / (1 + e)


def bce(y, z):
    """Binary cross entropy of a label y and a score z (the logit), one number each.  (...), (...) -> (...)

    L = -y log p - (1 - y) log(1 - p)  with  p = sigmoid(z)
      = max(z, 0) - y z + log(1 + e^-|z|)

    The second form never takes the logarithm of a rounded 0. Range: [0, inf) for y = 0 and y = 1.

    >>> bce([1, 1, 0], [0.0, -1000.0, -1000.0])
    array([6.93147181e-01, 1.00000000e+03, 0.00000000e+00])

    Raises:
        ValueError: a label lies outside [0, 1].
    """
    y, z = np.asarray(y, dtype=float), np.asarray(z, dtype=float)
    if np.any((y < 0) | (y > 1)):
        raise ValueError(f"bce wants labels from 0 to 1, got {y.min():g} to {y.max():g}. Map -1, 1 by (y + 1) / 2.")
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


def logistic_gradient(x, y, w, b):
    """Gradient of the mean of bce(y, x w + b).  x (n, d), y (n,), w (d,), b () -> (d,), ()

    dL/dz = p - y, and z = x w + b, so dL/dw = x^T (p - y) / n and dL/db is the mean of p - y.
    """
    error = sigmoid(x @ w + b) - y  # (n,)
    return x.T @ error / len(y), error.mean()


def fit_logistic(x, y, batches, rate, start=None, penalty=0.0):
    """Gradient descent on mean(bce) + penalty / 2 * |w|^2, one step a batch; b is not penalised.

    Args:
        x, y: examples (n, d) and labels 0 or 1 (n,).
        batches: row numbers of each step; `[slice(None)] * 100` is 100 steps on all rows.
        rate: length of a step in gradients.
        start: (w, b) of shapes (d,) and (); zeros without.
        penalty: weight of the squared length of w.

    Returns:
        w (d,), b (), and the loss before each step (t,).
    """
    w, b = (np.zeros(x.shape[1]), 0.0) if start is None else start
    losses = []
    for rows in batches:
        losses.append(bce(y[rows], x[rows] @ w + b).mean() + penalty / 2 * w @ w)
        dw, db = logistic_gradient(x[rows], y[rows], w, b)
        w, b = w - rate * (dw + penalty * w), b - rate * db
    return w, b, np.array(losses)
