"""Linear regression that pays for large weights: ridge, lasso and elastic net.

    minimise  mean((y - x w - b)^2) / 2 + penalty (l1_ratio |w|_1 + (1 - l1_ratio) |w|^2 / 2),  x (n, d), y (n,)

The bias b is not penalised: x and y are centred for the fit, and b puts the mean back. scikit-learn's Lasso and
ElasticNet use the same scale (alpha = penalty); its Ridge sums where we average (alpha = n * penalty).
Source: Hoerl & Kennard 1970; Tibshirani 1996; Zou & Hastie 2005; Friedman, Hastie & Tibshirani 2010.
"""

import numpy as np

from dlcourse.scratch.samples import samples


def soft_threshold(z, t):
    """Pull each number towards 0 by t, and stop at 0: sign(z) max(|z| - t, 0).

    >>> soft_threshold(np.array([-3.0, 0.5, 2.0]), 1.0)
    array([-2.,  0.,  1.])
    """
    return np.sign(z) * np.maximum(np.abs(z) - t, 0.0)


def ridge(x, y, penalty):
    """Weights (d,) and bias in closed form: (C + penalty I) w = x^T y / n, with C = x^T x / n of the centred x."""
    gram, moment, centre = _moments(x, y, penalty)
    w = np.linalg.solve(gram + penalty * np.eye(len(gram)), moment)
    return w, centre(w)


def lasso(x, y, penalty, start=None):
    """Weights (d,) and bias under the penalty |w|_1: `elastic_net` with l1_ratio = 1."""
    return elastic_net(x, y, penalty, 1.0, start)


def elastic_net(x, y, penalty, l1_ratio=0.5, start=None, tolerance=1e-9):
    """Weights (d,) and bias by coordinate descent: solve for one weight at a time, again and again.

    With all other weights fixed, weight j is soft_threshold(z_j, penalty l1_ratio) / (C_jj + penalty (1 - l1_ratio)),
    where z_j is the mean of x_j times what the others leave unexplained.

    Args:
        x, y: (n, d), (n,).
        penalty: 0 or more.
        l1_ratio: share of the absolute values in the penalty, in (0, 1]; for 0 use `ridge`.
        start: weights (d,) to begin with, such as those of a near penalty; zeros without.
        tolerance: it ends when no weight moves by more than this share of the largest.
    """
    if not 0 < l1_ratio <= 1:
        raise ValueError(f"l1_ratio is the share of the absolute values, expected (0, 1], got {l1_ratio}. 0 is ridge.")
    gram, moment, centre = _moments(x, y, penalty)
    w = np.zeros(len(gram)) if start is None else np.array(start, dtype=float)
    curvature = np.diag(gram) + penalty * (1 - l1_ratio)
    useful = np.diag(gram) > 0
    w[~useful] = 0.0  # a constant column explains nothing that b does not
    for _ in range(100_000):
        before = w.copy()
        for j in np.flatnonzero(useful):
            z = moment[j] - gram[j] @ w + gram[j, j] * w[j]
            w[j] = soft_threshold(z, penalty * l1_ratio) / curvature[j]
        if np.abs(w - before).max() <= tolerance * np.abs(w).max():
            return w, centre(w)
    raise ValueError(f"the weights still move after 100,000 sweeps at penalty {penalty:g}. Raise penalty or tolerance.")


def penalty_path(x, y, penalties, l1_ratio):
    """Weights (k, d) and biases (k,) at each of `penalties` (k,), best given from large to small.

    Each fit starts where the last one ended (a warm start); l1_ratio = 0 is ridge, 1 the lasso.
    """
    weights, biases, w = [], [], None
    for penalty in penalties:
        w, b = ridge(x, y, penalty) if l1_ratio == 0 else elastic_net(x, y, penalty, l1_ratio, w)
        weights.append(w)
        biases.append(b)
    return np.array(weights), np.array(biases)


def _moments(x, y, penalty):
    """x^T x / n (d, d) and x^T y / n (d,) of the centred data, and the function that gives the bias for weights."""
    if penalty < 0:
        raise ValueError(f"a penalty is 0 or more, got {penalty}. 0 is least squares.")
    x, y = samples(x, y)
    x_mean, y_mean = x.mean(axis=0), y.mean()
    x, y = x - x_mean, y - y_mean
    return x.T @ x / len(y), x.T @ y / len(y), lambda w: float(y_mean - x_mean @ w)
