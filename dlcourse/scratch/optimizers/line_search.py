"""Step-size control: find the rate of each step instead of fixing one."""

import numpy as np

from dlcourse.scratch.optimizers.arrays import floats, same_shape
from dlcourse.scratch.optimizers.descent import walk
from dlcourse.scratch.optimizers.scalars import fraction, positive

ENOUGH = 1e-4  # Armijo's c: the share of the decrease promised by the slope that a step must keep
SMALLEST = 1e-12  # share of the first rate below which the search gives up


def backtracking(value, x, gradient, direction, rate=1.0, shrink=0.5):
    """The first of rate, rate * shrink, rate * shrink^2, ... that goes down enough (Armijo 1966).

    value(x + r d) <= value(x) + c r g.d   with c = 1e-4

    The slope g.d promises the decrease r |g.d|; at least the share c of it must be kept. A value that is not finite is
    never low enough, so a step out of the domain is shortened too.

    Args:
        value: a function (d,) -> number.
        x, gradient, direction: (d,) the point, the gradient there, and a direction that goes downhill.
        rate, shrink: the first rate to try, > 0, and its factor in (0, 1).

    Returns:
        the rate; 0.0 where none down to 1e-12 of the first is good enough: within rounding of a minimum, or because
        the gradient is not that of `value`

    Raises:
        ValueError: shapes that differ, a direction with g.d >= 0, a rate or shrink out of range.

    >>> backtracking(lambda x: float(x @ x), np.array([1.0]), np.array([2.0]), np.array([-2.0]))
    0.5
    """
    x = floats(x, "x")
    g, d = same_shape(gradient, x.shape, "gradient"), same_shape(direction, x.shape, "direction")
    rate, shrink = positive(rate, "rate"), positive(fraction(shrink, "shrink"), "shrink")
    slope = float(g.ravel() @ d.ravel())
    if slope >= 0:
        raise ValueError(f"direction must go downhill, gradient . direction < 0, got {slope:g}. Try -gradient.")
    here, least = float(value(x)), SMALLEST * rate
    while rate > least:
        with np.errstate(all="ignore"):  # a try may leave the domain of `value`
            if value(x + rate * d) <= here + ENOUGH * rate * slope:
                return rate
        rate *= shrink
    return 0.0


def backtracking_descent(start, value, gradient, max_steps=1000, tolerance=1e-6):
    """Gradient descent that finds the rate of every step by `backtracking`, beginning at twice its last rate.

    So the rate can grow as well as shrink; the first one tried is 1. The value never rises.

    Returns:
        a `Descent`; `rates` are those found, and the reason may be "stalled"

    Raises:
        ValueError: as `gradient_descent`.

    >>> found = backtracking_descent([1.0, 1.0], lambda x: float(x[0] ** 2 + 4 * x[1] ** 2), lambda x: [2.0, 8.0] * x)
    >>> found.reason, float(found.rates[0])
    ('converged', 0.25)
    """
    last = 0.5

    def move(x, g, step):
        nonlocal last
        rate = backtracking(value, x, g, -g, rate=2 * last)
        if rate == 0:
            return None
        last = rate
        return x - rate * g, rate

    return walk(start, gradient, move, max_steps, tolerance)
