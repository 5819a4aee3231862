"""The record that every walk of this folder leaves, and the loop that makes it."""

from dataclasses import dataclass

import numpy as np

from dlcourse.scratch.optimizers.arrays import point, same_shape
from dlcourse.scratch.optimizers.scalars import count, positive, schedule


@dataclass(frozen=True, eq=False)
class Descent:
    """A walk: path (steps + 1, d) of finite points from the start on, rates (steps,), and the reason why it stopped.

    "converged"  the gradient was no longer than the tolerance
    "max_steps"  there were no steps left
    "diverged"   the next point or its gradient was not finite; the path ends before it
    "stalled"    no step lowered the value any more, as happens within rounding of a minimum
    """

    path: np.ndarray
    rates: np.ndarray
    reason: str

    @property
    def steps(self):
        """How many steps were made."""
        return len(self.path) - 1

    @property
    def end(self):
        """The last point (d,)."""
        return self.path[-1]

    @property
    def converged(self):
        """Whether the gradient became short enough."""
        return self.reason == "converged"


def gradient_descent(start, gradient, rate, max_steps=1000, tolerance=1e-6):
    """Against the gradient, again and again: x <- x - rate * gradient(x).

    It stops where |gradient| <= tolerance (Euclidean length). The length of the step is no sign of a minimum: a tiny
    rate makes tiny steps anywhere.

    Args:
        start: (d,) floats.
        gradient: a function (d,) -> (d,).
        rate: a number above 0, or a function of the step 0, 1, ...
        max_steps, tolerance: most steps, and the length of the gradient that is short enough.

    Returns:
        a `Descent`: path, rates, reason ("converged", "max_steps" or "diverged"), steps, end, converged

    Raises:
        ValueError: a start or a first gradient that is not finite, not float or not (d,); a rate or tolerance not > 0.

    Source: Cauchy 1847

    >>> valley = lambda x: np.array([2.0, 8.0]) * x
    >>> found = gradient_descent([1.0, 1.0], valley, rate=0.2)
    >>> found.reason, found.steps, bool(abs(found.end).max() < 1e-6)
    ('converged', 32, True)
    >>> gradient_descent([1.0, 1.0], valley, rate=0.3, max_steps=10_000).reason
    'diverged'
    """
    rate_at = schedule(rate)

    def move(x, g, step):
        return x - rate_at(step) * g, rate_at(step)

    return walk(start, gradient, move, max_steps, tolerance)


def walk(start, gradient, move, max_steps, tolerance):
    """The loop of all descents: `move(x, g, step)` gives the next point and the rate, or None where it is stuck.

    Returns and raises what `gradient_descent` does; the reason can also be "stalled".
    """
    x = point(start)
    count(max_steps, "max_steps")
    positive(tolerance, "tolerance")
    path, rates = [x], []
    g = same_shape(gradient(x), x.shape, "the gradient at the start")

    def record(reason):
        return Descent(np.array(path), np.array(rates), reason)

    with np.errstate(over="ignore", invalid="ignore"):  # a walk that runs away is reported, not warned of
        while np.linalg.norm(g) > tolerance:
            if len(rates) == max_steps:
                return record("max_steps")
            moved = move(x, g, len(rates))
            if moved is None:
                return record("stalled")
            x, rate = moved
            if not np.isfinite(x).all() or not np.isfinite(g := np.asarray(gradient(x))).all():
                return record("diverged")
            path.append(x)
            rates.append(rate)
    return record("converged")
