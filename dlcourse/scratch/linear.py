"""Least squares: the best line, the best plane in closed form, and the same plane by gradient descent.

All minimise the mean squared error L(w, b) = mean((x w + b - y)^2) with x (n, d), y (n,), w (d,) and a scalar b.
Source: Hastie, Tibshirani & Friedman 2009, section 3.2; Robbins & Monro 1951 for descent on samples.
"""

import numpy as np

from dlcourse.scratch.samples import samples


def line(x, y):
    """Slope and intercept of the best line through points: x (n,), y (n,).

    m = cov(x, y) / var(x),  c = mean(y) - m mean(x)

    >>> line([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    (2.0, 1.0)

    Raises:
        ValueError: all x are equal, so that no line is best, or the arrays do not fit each other.
    """
    x, y = samples(np.asarray(x)[..., None], y)
    dx, dy = x[:, 0] - x.mean(), y - y.mean()
    if not dx.any():
        raise ValueError(f"all {len(x)} values of x are {x[0, 0]:g}: no slope is best. Give two different x.")
    m = (dx @ dy) / (dx @ dx)
    return float(m), float(y.mean() - m * x.mean())


def normal_equations(x, y):
    """Weights (d,) and bias by solving (A^T A) v = A^T y, where A = [x, 1] is (n, d + 1) and v = (w, b).

    >>> w, b = normal_equations([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> bool(np.allclose(w, [2.0]) and np.isclose(b, 1.0))
    True

    Raises:
        ValueError: A^T A has no inverse within float64: columns depend on each other, or there are too few rows.
    """
    x, y = samples(x, y)
    a = np.column_stack([x, np.ones(len(x))])
    gram = a.T @ a  # (d + 1, d + 1)
    rank = np.linalg.matrix_rank(gram, hermitian=True)
    if rank < len(gram):
        raise ValueError(
            f"A^T A is {len(gram)} x {len(gram)} but has rank {rank}: it has no inverse. "
            "Drop columns that repeat others, or use least_squares or ridge."
        )
    v = np.linalg.solve(gram, a.T @ y)
    return v[:-1], float(v[-1])


def least_squares(x, y):
    """Weights (d,) and bias without forming A^T A, by the singular values of A = [x, 1].

    Where many (w, b) are equally good it returns the shortest, which is also where gradient descent from 0 ends.
    """
    x, y = samples(x, y)
    v = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0]
    return v[:-1], float(v[-1])


def mse_gradient(x, y, w, b):
    """Gradient of the mean squared error: dL/dw = 2/n x^T (x w + b - y) (d,), dL/db = 2 mean(x w + b - y)."""
    error = x @ w + b - y  # (n,)
    return 2 / len(y) * x.T @ error, 2 * error.mean()


def gradient_descent(x, y, rate, batches, start=None, gradient=mse_gradient):
    """One step against the gradient for each batch: w <- w - rate dL/dw, b <- b - rate dL/db.

    Args:
        x, y: (n, d), (n,).
        rate: a number, or a function of the step 0, 1, ... that returns one.
        batches: row numbers, one array a step; see `samples.batches`.
        start: (w (d,), b) to begin with; zeros without.
        gradient: gradient(x, y, w, b) -> (dL/dw (d,), dL/db) on the rows of one batch.

    Returns:
        w (d,), b, and path (steps + 1, d + 1): weights, then bias, at the start and after each step.
    """
    x, y = samples(x, y)
    w, b = (np.zeros(x.shape[1]), 0.0) if start is None else (np.array(start[0], dtype=float), float(start[1]))
    path = [[*w, b]]
    for step, rows in enumerate(batches):
        dw, db = gradient(x[rows], y[rows], w, b)
        eta = rate(step) if callable(rate) else rate
        w, b = w - eta * dw, b - eta * db
        path.append([*w, b])
    return w, float(b), np.array(path)
