"""Minima under constraints, by Lagrange multipliers: the augmented Lagrangian, with the dual value at every step.

Minimise f(x) subject to h(x) = 0 (m equations) and g(x) <= 0 (p inequalities). With multipliers lam (m,) and mu (p,),
mu >= 0, the Lagrangian is L(x, lam, mu) = f(x) + lam . h(x) + mu . g(x).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcourse.scratch.optimizers.arrays import point
from dlcourse.scratch.optimizers.newton import bfgs
from dlcourse.scratch.optimizers.scalars import count, positive

INNER_STEPS = 500
GROWTH = 4.0  # of the penalty, after a step that did not bring x this much closer to the constraints


@dataclass(frozen=True)
class Problem:
    """f by `value` and `gradient`; `equal` is (h, its jacobian), `below` is (g, its jacobian); either may be left out.

    Shapes:  value(x) a number; gradient(x) (d,); h(x) (m,) and its jacobian (m, d); g(x) (p,) and its jacobian (p, d)
    """

    value: Callable
    gradient: Callable
    equal: tuple[Callable, Callable] | None = None
    below: tuple[Callable, Callable] | None = None

    def equalities(self, x):
        """h(x) (m,) and its jacobian (m, d); m = 0 where there are none."""
        return _evaluate(self.equal, x, "equal")

    def inequalities(self, x):
        """g(x) (p,) and its jacobian (p, d); p = 0 where there are none."""
        return _evaluate(self.below, x, "below")

    def lagrangian(self, x, equal_multipliers, below_multipliers):
        """L(x, lam, mu) and its gradient in x, (d,)."""
        (h, dh), (g, dg) = self.equalities(x), self.inequalities(x)
        value = float(self.value(x)) + equal_multipliers @ h + below_multipliers @ g
        return value, self.gradient(x) + equal_multipliers @ dh + below_multipliers @ dg


@dataclass(frozen=True, eq=False)
class Constrained:
    """What `augmented_lagrangian` leaves after k steps, one row a step.

    path (k + 1, d)           the start, and x after each step
    equal_multipliers (k, m)  lam;  below_multipliers (k, p)  mu >= 0
    violation (k,)            the largest of |h(x)| and max(g(x), 0)
    primal (k,)               f(x)
    dual (k,)                 L(x, lam, mu). On a convex problem it is the dual function there, min over x of L: never
                              above the optimum, and equal to it in the end
    reason                    "converged" or "max_steps"
    """

    path: np.ndarray
    equal_multipliers: np.ndarray
    below_multipliers: np.ndarray
    violation: np.ndarray
    primal: np.ndarray
    dual: np.ndarray
    reason: str

    @property
    def end(self):
        """The last point (d,)."""
        return self.path[-1]

    @property
    def steps(self):
        """How many times the multipliers were moved."""
        return len(self.path) - 1


def augmented_lagrangian(problem, start, penalty=10.0, max_steps=50, tolerance=1e-8):
    """Minimise f plus multipliers plus a penalty over x, then move the multipliers, and repeat.

    x   <- argmin f(x) + lam . h + r/2 |h|^2 + |max(0, mu + r g)|^2 / 2r     (by `bfgs`)
    lam <- lam + r h(x),   mu <- max(0, mu + r g(x))

    With the new multipliers x is a flat point of L itself, so L(x, lam, mu) is the dual value where f, g are convex and
    h is linear. The penalty r stays finite: the multipliers close what it leaves open. It grows fourfold after a step
    that did not quarter the error.

    Args:
        problem: a `Problem`.
        start: (d,) floats; it need not obey the constraints.
        penalty: r > 0.
        max_steps, tolerance: of the outer steps, and of |h| and |max(g, -mu / r)| (0 where mu g = 0 and g <= 0 <= mu).

    Returns:
        a `Constrained`. Where nothing obeys the constraints, its violation stays up and its multipliers run away.

    Raises:
        ValueError: a problem without constraints, arguments of wrong shape, type or range, values that are not finite
            at the start, or an inner minimum that lies at infinity.

    Source: Hestenes 1969; Powell 1969; Rockafellar 1973 for inequalities

    >>> on_the_line = (lambda x: x.sum(keepdims=True) - 1, lambda x: np.ones((1, 2)))
    >>> found = augmented_lagrangian(Problem(lambda x: float(x @ x), lambda x: 2 * x, equal=on_the_line), [3.0, 0.0])
    >>> found.end.round(6).tolist(), found.equal_multipliers[-1].round(6).tolist()
    ([0.5, 0.5], [-1.0])
    """
    x, r = point(start), positive(penalty, "penalty")
    lam, mu = np.zeros(len(problem.equalities(x)[0])), np.zeros(len(problem.inequalities(x)[0]))
    if len(lam) + len(mu) == 0:
        raise ValueError("the problem has no constraints, expected `equal` or `below`. Use bfgs for a free minimum.")
    rows, path, error, reason = [], [x], np.inf, "max_steps"
    tolerance = positive(tolerance, "tolerance")
    for _ in range(count(max_steps, "max_steps", least=1)):
        x = _inner(problem, x, lam, mu, r, tolerance)
        h, g = problem.equalities(x)[0], problem.inequalities(x)[0]
        last, error = error, _largest(np.abs(h), np.abs(np.maximum(g, -mu / r)))
        lam, mu = lam + r * h, np.maximum(0, mu + r * g)
        path.append(x)
        rows.append((lam, mu, _largest(np.abs(h), g), float(problem.value(x)), problem.lagrangian(x, lam, mu)[0]))
        if error <= tolerance:
            reason = "converged"
            break
        if error > last / GROWTH:
            r *= GROWTH
    return Constrained(np.array(path), *(np.array(column) for column in zip(*rows, strict=True)), reason)


def _inner(problem, x, lam, mu, r, tolerance):
    """The minimum over x of the augmented Lagrangian, from x."""

    def value(x):
        h, g = problem.equalities(x)[0], problem.inequalities(x)[0]
        lifted = np.maximum(0, mu + r * g)
        return float(problem.value(x)) + lam @ h + r / 2 * h @ h + lifted @ lifted / (2 * r)

    def gradient(x):
        h, g = problem.equalities(x)[0], problem.inequalities(x)[0]
        return problem.lagrangian(x, lam + r * h, np.maximum(0, mu + r * g))[1]

    found = bfgs(x, value, gradient, INNER_STEPS, tolerance)
    if found.reason == "diverged" or np.abs(found.end).max() > 1e100:
        raise ValueError(
            f"the minimum over x must be finite for penalty={r:g}, got a walk that ends at {found.end}. "
            "Raise the penalty, or bound x by a constraint."
        )
    return found.end


def _evaluate(pair, x, name):
    if pair is None:
        return np.zeros(0), np.zeros((0, len(x)))
    values = np.asarray(pair[0](x))
    if values.ndim != 1:
        raise ValueError(
            f"`{name}` must give a number for each constraint, (m,), got {values.shape}. Put them in a row."
        )
    return values, np.asarray(pair[1](x)).reshape(len(values), len(x))


def _largest(*parts):
    return float(max(0.0, *(part.max() for part in parts if part.size)))
