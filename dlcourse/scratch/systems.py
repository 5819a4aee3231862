"""A x = b by walking downhill, for a symmetric positive definite A (d, d) and b (d,).

The valley is f(x) = x^T A x / 2 - b^T x: its gradient A x - b is zero where A x = b. Its steepest and its flattest
curvature are the largest and smallest eigenvalue of A. Every walk starts at 0, returns its path (steps + 1, d), and
ends when |A x - b| <= tolerance * |b|, or after `steps`.
Source: Shewchuk 1994, "An Introduction to the Conjugate Gradient Method Without the Agonizing Pain".
"""

import numpy as np


def condition_number(a):
    """Largest singular value of `a` (m, n) over its smallest: 1 is a round bowl, infinity a flat valley floor.

    >>> float(condition_number(np.diag([8.0, 2.0])))
    4.0
    """
    values = np.linalg.svd(np.asarray(a, dtype=float), compute_uv=False)
    return np.inf if values[-1] == 0 else values[0] / values[-1]


def fixed_rate(a, b, rate, steps=10_000, tolerance=1e-6):
    """x <- x - rate (A x - b). It converges for 0 < rate < 2 / (largest eigenvalue of A), and grows beyond."""
    a, b = _system(a, b)
    path = [np.zeros_like(b)]
    while len(path) <= steps and np.linalg.norm(r := b - a @ path[-1]) > tolerance * np.linalg.norm(b):
        path.append(path[-1] + rate * r)
    return np.array(path)


def steepest_descent(a, b, steps=10_000, tolerance=1e-6):
    """The same walk with the rate that is best along the present gradient r: rate = r^T r / (r^T A r)."""
    a, b = _system(a, b)
    path = [np.zeros_like(b)]
    while len(path) <= steps and np.linalg.norm(r := b - a @ path[-1]) > tolerance * np.linalg.norm(b):
        path.append(path[-1] + (r @ r) / (r @ a @ r) * r)
    return np.array(path)


def conjugate_gradients(a, b, steps=10_000, tolerance=1e-6):
    """Steps along directions that do not undo each other (Hestenes & Stiefel 1952): at most d, but for rounding.

    The direction is the gradient plus just enough of the last direction p to make p^T A p_new = 0.
    """
    a, b = _system(a, b)
    path, r = [np.zeros_like(b)], b.copy()
    p = r
    while len(path) <= steps and np.linalg.norm(r) > tolerance * np.linalg.norm(b):
        rate = (r @ r) / (p @ a @ p)
        path.append(path[-1] + rate * p)
        r_new = r - rate * a @ p
        p = r_new + (r_new @ r_new) / (r @ r) * p
        r = r_new
    return np.array(path)


def jacobi(a, b):
    """Precondition by the diagonal: (S A S, S b, s) with S = diag(s) and s = 1 / sqrt(diag(A)).

    The new matrix has ones on its diagonal. If it is solved by z, then x = s * z solves A x = b. For A = X^T X
    it is the scaling of each column of X to length 1.

    >>> scaled, _, s = jacobi(np.diag([100.0, 1.0]), np.ones(2))
    >>> float(condition_number(scaled))
    1.0
    """
    a, b = _system(a, b)
    s = 1 / np.sqrt(np.diag(a))
    return s[:, None] * a * s, s * b, s


def _system(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or b.shape != a.shape[:1]:
        raise ValueError(f"expected A (d, d) and b (d,), got {a.shape}, {b.shape}. For a tall A solve A^T A x = A^T b.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("expected finite numbers in A and b, got NaN or infinity. Mend the data first.")
    if not np.allclose(a, a.T) or (np.diag(a) <= 0).any():
        raise ValueError("expected a symmetric positive definite A. For any other A solve A^T A x = A^T b instead.")
    return a, b
