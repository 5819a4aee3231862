"""Polynomials as linear models, and an error taken apart into bias and variance."""

import numpy as np


def powers(x, degree):
    """The columns x, x^2, ..., x^degree of x (n,): (n, degree). A polynomial is linear in its weights on these.

    Scale x to about [-1, 1] first: high powers of large numbers leave nothing of the low ones in float64.

    >>> powers(np.array([2.0, 3.0]), 3)
    array([[ 2.,  4.,  8.],
           [ 3.,  9., 27.]])
    """
    if degree < 1:
        raise ValueError(f"expected a degree of at least 1, got {degree}. Degree 0 is the mean.")
    return np.asarray(x, dtype=float)[:, None] ** np.arange(1, degree + 1)


def bias_variance(predictions, truth):
    """Take apart the squared error of a method that was trained on k training sets and asked at m points.

    bias^2 = mean over points of (average prediction - truth)^2, variance = mean over points of the variance of the
    predictions over training sets. Their sum is the mean of (prediction - truth)^2. With measured targets in place of
    the truth the first number holds the noise of the targets as well.

    Args:
        predictions: (k, m). truth: (m,).

    Returns:
        (bias^2, variance), in the square of truth's unit. Source: Geman, Bienenstock & Doursat 1992.

    >>> bias_variance(np.array([[0.0], [2.0]]), np.array([3.0]))
    (4.0, 1.0)
    """
    predictions, truth = np.asarray(predictions, dtype=float), np.asarray(truth, dtype=float)
    if predictions.ndim != 2 or truth.shape != predictions.shape[1:]:
        raise ValueError(f"expected predictions (k, m) and truth (m,), got {predictions.shape} and {truth.shape}.")
    bias = predictions.mean(axis=0) - truth
    return float(np.mean(bias**2)), float(predictions.var(axis=0).mean())
