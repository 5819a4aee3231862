"""The dual of a problem with constraints: a bound from below for every choice of multipliers.

q(lam, mu) = min over x of f(x) + lam . h(x) + mu . g(x)   for mu >= 0

Every q is at most the optimum (weak duality), whether the problem is convex or not. On a convex problem with a point
that obeys the inequalities strictly, the best q is the optimum (strong duality).
Source: Boyd & Vandenberghe 2004, chapter 5.
"""

import numpy as np

from dlcourse.scratch.optimizers.arrays import floats, same_shape
from dlcourse.scratch.optimizers.constrained import Problem
from dlcourse.scratch.optimizers.newton import bfgs


def dual_function(problem, equal_multipliers, below_multipliers, start):
    """q(lam, mu) of a `Problem`, the inner minimum found by `bfgs` from `start` (d,).

    It is the true minimum where the Lagrangian is convex in x; else the least that the walk found.

    Args:
        equal_multipliers, below_multipliers: lam (m,) and mu (p,), [] where there are none.

    Returns:
        a number; -inf where the Lagrangian has no lower bound

    Raises:
        ValueError: a mu below 0, multipliers that do not fit the constraints, a start that is no finite float (d,).

    >>> above_one = Problem(lambda x: float(x @ x), lambda x: 2 * x, below=(lambda x: 1 - x, lambda x: -np.eye(1)))
    >>> [round(dual_function(above_one, [], [mu], [0.0]), 6) for mu in (0.0, 1.0, 2.0, 3.0)]  # mu - mu^2 / 4
    [0.0, 0.75, 1.0, 0.75]
    """
    x = floats(start, "start")
    lam = same_shape(np.asarray(equal_multipliers, dtype=float), problem.equalities(x)[0].shape, "equal_multipliers")
    mu = _multipliers(below_multipliers, problem.inequalities(x)[0].shape)
    found = bfgs(x, lambda x: problem.lagrangian(x, lam, mu)[0], lambda x: problem.lagrangian(x, lam, mu)[1], 500)
    lowest = float(problem.lagrangian(found.end, lam, mu)[0])
    if found.reason == "max_steps":  # still on its way: does it go down for ever?
        with np.errstate(all="ignore"):
            beyond = problem.lagrangian(found.end + 1e6 * (found.end - x), lam, mu)[0]
        return lowest if beyond >= lowest else -np.inf
    return -np.inf if found.reason == "diverged" else lowest


def quadratic_problem(q, c, a, b):
    """The `Problem`: minimise x^T q x / 2 + c . x  subject to  a x <= b.

    Shapes:  q (d, d) symmetric positive definite, c (d,), a (p, d), b (p,)
    Errors:  ValueError for other shapes, and for a q that is not positive definite
    """
    q, c, a, b = _quadratic(q, c, a, b)
    return Problem(
        value=lambda x: float(x @ q @ x / 2 + c @ x),
        gradient=lambda x: q @ x + c,
        below=(lambda x: a @ x - b, lambda x: a),
    )


def quadratic_dual(q, c, a, b, multipliers):
    """Its dual function in closed form: -(c + a^T mu)^T q^-1 (c + a^T mu) / 2 - b . mu, for mu (p,) >= 0.

    The minimum over x lies where q x + c + a^T mu = 0; put in, it leaves this.

    >>> quadratic_dual([[2.0]], [0.0], [[-1.0]], [-1.0], [2.0])  # x^2 with x >= 1
    1.0
    """
    q, c, a, b = _quadratic(q, c, a, b)
    mu = _multipliers(multipliers, b.shape)
    force = c + a.T @ mu
    return float(-force @ np.linalg.solve(q, force) / 2 - b @ mu)


def _multipliers(mu, shape):
    mu = same_shape(np.asarray(mu, dtype=float), shape, "the multipliers of inequalities")
    if (mu < 0).any():
        raise ValueError(f"multipliers of inequalities g <= 0 must be at least 0, got {mu.min():g}. Clip them at 0.")
    return mu


def _quadratic(q, c, a, b):
    q, c, a, b = (np.asarray(part, dtype=float) for part in (q, c, a, b))
    if c.ndim != 1 or b.ndim != 1 or q.shape != 2 * c.shape or a.shape != b.shape + c.shape:
        raise ValueError(
            f"expected q (d, d), c (d,), a (p, d), b (p,), got {q.shape}, {c.shape}, {a.shape}, {b.shape}. "
            "One row of a and one number of b a constraint."
        )
    if not np.allclose(q, q.T) or np.linalg.eigvalsh(q)[0] <= 0:
        raise ValueError("q must be symmetric and positive definite, got one that is not. Take (q + q.T) / 2.")
    return q, c, a, b
