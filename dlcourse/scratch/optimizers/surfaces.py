"""Functions of two numbers to draw walks on, each with its gradient and its Hessian.

All three take points (..., 2), so that a whole grid is one call: `value(np.stack(np.meshgrid(x, y), axis=-1))`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcourse.scratch.optimizers.scalars import positive


@dataclass(frozen=True, eq=False)
class Surface:
    """A function of two numbers.

    value, gradient, hessian   functions of points (..., 2): (...), (..., 2), (..., 2, 2)
    start (2,)                 where walks use to begin;  minima (k, 2) its minima, none where it has none
    box                        ((x_low, x_high), (y_low, y_high)): what a picture should show
    """

    name: str
    value: Callable
    gradient: Callable
    hessian: Callable
    start: np.ndarray
    minima: np.ndarray
    box: tuple


def rosenbrock():
    """(1 - x)^2 + 100 (y - x^2)^2: a curved valley, easy to enter and slow to follow; the minimum is at (1, 1).

    Source: Rosenbrock 1960

    >>> float(rosenbrock().value([1.0, 1.0]))
    0.0
    """

    def value(points):
        x, y = _xy(points)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(points):
        x, y = _xy(points)
        return np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=-1)

    def hessian(points):
        x, y = _xy(points)
        return _symmetric(2 - 400 * (y - 3 * x**2), -400 * x, np.full_like(x, 200.0))

    minima = np.array([[1.0, 1.0]])
    return Surface("Rosenbrock", value, gradient, hessian, np.array([-1.5, 2.0]), minima, ((-2.0, 2.0), (-1.0, 3.0)))


def long_valley(condition=50.0):
    """(x^2 + condition y^2) / 2: curvature 1 along the valley, `condition` across; a round bowl for 1.

    Errors:  ValueError if the condition number is not above 0
    """
    k = positive(condition, "condition")

    def value(points):
        x, y = _xy(points)
        return (x**2 + k * y**2) / 2

    def hessian(points):
        x, _ = _xy(points)
        return _symmetric(np.ones_like(x), np.zeros_like(x), np.full_like(x, k))

    def gradient(points):
        return np.asarray(points, dtype=float) * np.array([1.0, k])

    start = np.array([-4.0, 1.0])
    return Surface("long valley", value, gradient, hessian, start, np.zeros((1, 2)), ((-5.0, 5.0), (-2.0, 2.0)))


def saddle(quartic=0.25):
    """x^2 - y^2 + quartic y^4: flat at (0, 0), which is no minimum; minima at y = +-1 / sqrt(2 quartic), none for 0.

    The customary start lies almost on the ridge y = 0, where the gradient leads to the saddle.

    Errors:  ValueError if `quartic` is neither 0 nor above
    """
    q = 0.0 if quartic == 0 else positive(quartic, "quartic")

    def value(points):
        x, y = _xy(points)
        return x**2 - y**2 + q * y**4

    def gradient(points):
        x, y = _xy(points)
        return np.stack([2 * x, -2 * y + 4 * q * y**3], axis=-1)

    def hessian(points):
        x, y = _xy(points)
        return _symmetric(np.full_like(x, 2.0), np.zeros_like(x), 12 * q * y**2 - 2)

    minima = np.array([[0.0, -1.0], [0.0, 1.0]]) / np.sqrt(2 * q) if q else np.zeros((0, 2))
    return Surface("saddle", value, gradient, hessian, np.array([-1.5, 1e-3]), minima, ((-2.0, 2.0), (-2.5, 2.5)))


def noisy_bowl(noise, rng):
    """(x^2 + y^2) / 2, whose gradient is seen through normal noise of standard deviation `noise`, as from a batch.

    Errors:  ValueError if the noise is not above 0
    """
    noise, bowl = positive(noise, "noise"), long_valley(1.0)

    def gradient(points):
        points = np.asarray(points, dtype=float)
        return points + noise * rng.normal(size=points.shape)

    start = np.array([-1.5, 1.5])
    return Surface("noisy bowl", bowl.value, gradient, bowl.hessian, start, bowl.minima, ((-2.0, 2.0), (-2.0, 2.0)))


def _xy(points):
    points = np.asarray(points, dtype=float)
    if points.shape[-1:] != (2,):
        raise ValueError(f"points must be (..., 2), got {points.shape}. Use np.stack([x, y], axis=-1).")
    return points[..., 0], points[..., 1]


def _symmetric(xx, xy, yy):
    """[[xx, xy], [xy, yy]] as (..., 2, 2)"""
    return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)
