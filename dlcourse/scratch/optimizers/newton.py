"""Second derivatives: Newton's step, a damped one that cannot climb, and BFGS, which guesses them from gradients."""

import numpy as np

from dlcourse.scratch.optimizers.arrays import point, same_shape
from dlcourse.scratch.optimizers.descent import walk
from dlcourse.scratch.optimizers.line_search import backtracking

ALMOST = 1e-12  # a Hessian whose smallest |eigenvalue| is less than this share of the largest counts as singular

ROUNDING = 1e-12  # a promised decrease below this share of the value drowns: there the gradient judges the step


def newton(start, gradient, hessian, max_steps=50, tolerance=1e-10):
    """Solve the quadratic that fits at x, go to where its gradient is 0, and fit again: x <- x - H^-1 g.

    Near a minimum where H is regular the correct digits double in each step. It looks for a zero of the gradient, so
    it goes to a saddle or to a maximum as gladly as to a minimum.

    Args:
        start: (d,) floats.
        gradient, hessian: functions (d,) -> (d,) and (d,) -> (d, d), the second one symmetric.
        max_steps, tolerance: most steps, and the length of the gradient that is short enough.

    Returns:
        a `Descent`, every rate 1

    Raises:
        ValueError: a singular Hessian, where the quadratic has no single flat point; a start, gradient or Hessian that
            is not finite, not float or of a wrong shape.

    >>> root = newton([2.0], lambda x: x**2 - 2.0, lambda x: np.diag(2 * x))
    >>> float(root.end[0].round(12)), root.steps
    (1.414213562375, 4)
    """

    def move(x, g, step):
        h = _hessian(hessian, x)
        values = np.abs(np.linalg.eigvalsh(h))
        if values.min() <= ALMOST * values.max():
            raise ValueError(
                f"newton needs a Hessian with an inverse, got one at x = {x} with |eigenvalues| "
                f"{values.min():.3g} to {values.max():.3g}. Use damped_newton, or start elsewhere."
            )
        return x - np.linalg.solve(h, g), 1.0

    return walk(start, gradient, move, max_steps, tolerance)


def damped_newton(start, value, gradient, hessian, max_steps=50, tolerance=1e-10):
    """Newton that only goes down: x <- x - rate (H + damping I)^-1 g.

    damping   0 where H is positive definite; else it lifts the lowest eigenvalue of H to a thousandth of the largest
              |eigenvalue|, so that the direction goes downhill: between Newton's step and the gradient's.
    rate      by `backtracking` from 1.

    Near a minimum both fade out and it is Newton. Started exactly on the ridge to a saddle, where the gradient has no
    part to either side, it stays on the ridge.

    Args, errors:  as `newton`, and the function `value` (d,) -> number; a singular Hessian is no error
    Returns:       a `Descent` with the rates found; the reason may be "stalled"
    Source:        Levenberg 1944; Nocedal & Wright 2006, section 3.4

    >>> value, hessian = lambda x: float(np.log(np.cosh(x[0]))), lambda x: np.diag(1 - np.tanh(x) ** 2)
    >>> damped_newton([3.0], value, np.tanh, hessian).reason  # undamped, the first step would end near -98
    'converged'
    """

    def move(x, g, step):
        h = _hessian(hessian, x)
        values, vectors = np.linalg.eigh(h)
        size = np.abs(values).max()
        damping = 0.0 if values[0] > ALMOST * size else 1e-3 * (size or 1e3) - values[0]
        direction = -vectors @ ((vectors.T @ g) / (values + damping))
        return _search(value, gradient, x, g, direction)

    return walk(start, gradient, move, max_steps, tolerance)


def bfgs(start, value, gradient, max_steps=200, tolerance=1e-8):
    """Newton without a Hessian: its inverse is guessed from how the gradient changed along the steps.

    B <- (I - s y^T / s.y) B (I - y s^T / s.y) + s s^T / s.y   with the step s and the change y of the gradient

    The guess begins as the identity, maps y to s after each step, and stays positive definite, since a pair with
    s.y <= 0 is left out.

    Args, errors:  start, value, gradient, max_steps, tolerance as `damped_newton`
    Returns:       a `Descent` with the rates found; the reason may be "stalled"
    Source:        Broyden, Fletcher, Goldfarb, Shanno 1970; Nocedal & Wright 2006, eq. 6.17
    """
    inverse, last_x, last_g = np.eye(len(point(start))), None, None

    def move(x, g, step):
        nonlocal inverse, last_x, last_g
        if last_x is not None:
            s, y = x - last_x, g - last_g
            if s @ y > 1e-10 * np.linalg.norm(s) * np.linalg.norm(y):
                if step == 1:
                    inverse = inverse * (s @ y) / (y @ y)  # the scale of the curvature, before the first guess
                left = np.eye(len(s)) - np.outer(s, y) / (s @ y)
                inverse = left @ inverse @ left.T + np.outer(s, s) / (s @ y)
        last_x, last_g = x, g
        return _search(value, gradient, x, g, -inverse @ g)

    return walk(start, gradient, move, max_steps, tolerance)


def _hessian(hessian, x):
    """The Hessian at x as finite floats (d, d), made exactly symmetric."""
    h = same_shape(hessian(x), (len(x), len(x)), "the Hessian")
    return (h + h.T) / 2


def _search(value, gradient, x, g, direction):
    """The step along `direction` that backtracking allows, or None where there is none."""
    slope = g @ direction
    if slope >= 0:  # only by rounding
        return None
    if -slope <= ROUNDING * (1 + abs(value(x))) and np.linalg.norm(gradient(x + direction)) < np.linalg.norm(g):
        return x + direction, 1.0
    rate = backtracking(value, x, g, direction)
    return (x + rate * direction, rate) if rate else None
