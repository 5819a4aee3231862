"""Newton, damped Newton and BFGS: one step on a quadratic, doubling digits, saddles, singular Hessians."""

import numpy as np
import pytest

from dlcourse.scratch.optimizers import bfgs, damped_newton, gradient_descent, long_valley, newton, rosenbrock, saddle

R, S = rosenbrock(), saddle()


def test_one_step_solves_a_quadratic_whatever_its_condition():
    valley = long_valley(1e6)
    for found in (
        newton(valley.start, valley.gradient, valley.hessian),
        damped_newton(valley.start, valley.value, valley.gradient, valley.hessian),
    ):
        assert found.converged and found.steps == 1 and np.allclose(found.end, 0, atol=1e-14) and found.rates[0] == 1


def test_the_square_root_of_2_by_hand():
    found = newton([2.0], lambda x: x**2 - 2, lambda x: np.diag(2 * x), max_steps=3)
    assert np.allclose(found.path.ravel(), [2, 3 / 2, 17 / 12, 577 / 408], rtol=1e-14) and found.reason == "max_steps"


@pytest.mark.parametrize("method", ["newton", "damped"])
def test_the_correct_digits_double_near_the_minimum(method):
    """f = e^x + e^-2x + y^2 + y^4 + xy has a regular minimum; its place is found by many steps first."""

    def value(p):
        x, y = p
        return float(np.exp(x) + np.exp(-2 * x) + y**2 + y**4 + x * y)

    def gradient(p):
        x, y = p
        return np.array([np.exp(x) - 2 * np.exp(-2 * x) + y, 2 * y + 4 * y**3 + x])

    def hessian(p):
        x, y = p
        return np.array([[np.exp(x) + 4 * np.exp(-2 * x), 1.0], [1.0, 2 + 12 * y**2]])

    best = gradient_descent([0.0, 0.0], gradient, 0.1, 5000, 1e-15).end
    found = (
        newton([1.0, 1.0], gradient, hessian)
        if method == "newton"
        else damped_newton([1.0, 1.0], value, gradient, hessian)
    )
    digits = -np.log10(np.linalg.norm(found.path - best, axis=1))
    digits = digits[(digits > 1) & (digits < 12)]  # near, and above rounding
    assert found.converged and len(digits) >= 2 and (digits[1:] > 1.8 * digits[:-1]).all(), digits


def test_undamped_newton_goes_to_the_saddle_and_damped_newton_does_not():
    undamped = newton([-1.5, 0.3], S.gradient, S.hessian)
    assert undamped.converged and np.allclose(undamped.end, 0, atol=1e-10)
    assert (np.linalg.eigvalsh(S.hessian(undamped.end)) < 0).sum() == 1
    for start in ([-1.5, 0.3], [-1.5, -1e-3], [1.0, 1e-6]):
        damped = damped_newton(start, S.value, S.gradient, S.hessian)
        assert damped.converged and np.allclose(damped.end, [0, np.sign(start[1]) * np.sqrt(2)])
        assert (np.diff(S.value(damped.path)) <= 0).all()
    ridge = damped_newton([-1.5, 0.0], S.value, S.gradient, S.hessian)
    assert np.allclose(ridge.end, 0, atol=1e-9)  # nothing pushes it off the ridge


def test_undamped_newton_climbs_and_overshoots_where_damped_newton_does_not():
    def value(x):
        return float(np.log(np.cosh(x[0])))

    def hessian(x):
        return np.array([[1 / np.cosh(x[0]) ** 2]])

    with pytest.raises(ValueError, match="needs a Hessian with an inverse"):
        newton([3.0], np.tanh, hessian)
    damped = damped_newton([3.0], value, np.tanh, hessian)
    assert damped.converged and abs(damped.end[0]) < 1e-10 and damped.rates[0] < 1 == damped.rates[-1]


@pytest.mark.parametrize("start", [[-1.5, 2.0], [2.0, -1.0], [0.0, 0.0], [-1.2, 1.0]])
def test_rosenbrock_in_few_steps(start):
    fast = damped_newton(start, R.value, R.gradient, R.hessian)
    guessed = bfgs(start, R.value, R.gradient)
    assert fast.converged and np.allclose(fast.end, 1, atol=1e-8) and fast.steps < 30
    assert guessed.converged and np.allclose(guessed.end, 1, atol=1e-6) and guessed.steps < 80
    assert (np.diff(R.value(fast.path)) <= 0).all() and (np.diff(R.value(guessed.path)) <= 0).all()
    assert gradient_descent(start, R.gradient, 1e-3, 100, 1e-8).reason == "max_steps"


def test_bfgs_on_a_random_quadratic_finds_the_solution_of_the_system():
    rng = np.random.default_rng(0)
    m, b = rng.normal(size=(8, 8)), rng.normal(size=8)
    a = m @ m.T + np.eye(8)
    found = bfgs(np.zeros(8), lambda x: float(x @ a @ x / 2 - b @ x), lambda x: a @ x - b)
    assert found.converged and np.allclose(found.end, np.linalg.solve(a, b), atol=1e-8)


def test_a_singular_hessian_is_refused_by_newton_and_lifted_by_damped_newton():
    def value(x):
        return float(x[0] ** 2 + x[1])

    def flat(x):
        return np.array([2 * x[0], 1.0])

    with pytest.raises(ValueError, match=r"inverse, got one at x = \[1. 1.\].*0 to 2.*Use damped_newton"):
        newton([1.0, 1.0], flat, lambda x: np.diag([2.0, 0.0]))
    down = damped_newton([1.0, 1.0], value, flat, lambda x: np.diag([2.0, 0.0]), max_steps=5)
    assert (np.diff([value(x) for x in down.path]) < 0).all()
    slope = damped_newton([1.0], lambda x: float(x[0]), np.ones_like, lambda x: np.zeros((1, 1)), max_steps=2)
    assert slope.path.ravel().tolist() == [1, 0, -1]  # no curvature at all: a gradient step


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: newton([1], lambda x: x, lambda x: np.eye(1)), "start must hold floats"),
        (
            lambda: newton([1.0], lambda x: x, lambda x: np.eye(2)),
            r"the Hessian must have shape \(1, 1\), got \(2, 2\)",
        ),
        (lambda: newton([1.0], lambda x: x, lambda x: np.full((1, 1), np.nan)), "the Hessian must be finite"),
        (lambda: newton([1.0], lambda x: x * np.nan, lambda x: np.eye(1)), "gradient at the start must be finite"),
        (lambda: damped_newton([1.0], R.value, lambda x: x[:0], R.hessian), "gradient at the start must have shape"),
        (lambda: bfgs([[1.0]], R.value, R.gradient), "must be a vector"),
        (lambda: bfgs([1.0], R.value, R.gradient, tolerance=-1), "tolerance must be"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()
