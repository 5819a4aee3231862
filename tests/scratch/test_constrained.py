"""The augmented Lagrangian and the dual: known solutions, strong duality, shadow prices, SciPy."""

import numpy as np
import pytest
from scipy.optimize import minimize

from dlcourse.scratch.optimizers import (
    Problem,
    augmented_lagrangian,
    dual_function,
    quadratic_dual,
    quadratic_problem,
)

CIRCLE = Problem(  # the point of the circle of radius sqrt(2) that lies lowest in direction (1, 1): not convex
    lambda x: float(x.sum()), np.ones_like, equal=(lambda x: np.array([x @ x - 2]), lambda x: 2 * x[None])
)


def quadratic(seed, d=5, p=7):
    """A random convex quadratic programme with some of its constraints active."""
    rng = np.random.default_rng(seed)
    m = rng.normal(size=(d, d))
    return m @ m.T + 0.1 * np.eye(d), 3 * rng.normal(size=d), rng.normal(size=(p, d)), rng.uniform(0.1, 1, size=p)


def both_kinds(total=1.0, floor=0.2):
    """min x^2 + 2 y^2 + 3 z^2  s.t.  x + y + z = total, z >= floor."""
    weights = np.array([1.0, 2.0, 3.0])
    return Problem(
        lambda x: float(weights @ x**2),
        lambda x: 2 * weights * x,
        equal=(lambda x: np.array([x.sum() - total]), lambda x: np.ones((1, 3))),
        below=(lambda x: np.array([floor - x[2]]), lambda x: np.array([[0.0, 0.0, -1.0]])),
    )


def test_equality_and_inequality_by_hand():
    """z = 0.2; 2x = 4y and x + y = 0.8 give x = 8/15, y = 4/15; lam = -2x; mu = 6z + lam."""
    found = augmented_lagrangian(both_kinds(), [0.0, 0.0, 0.0])
    assert found.reason == "converged" and np.allclose(found.end, [8 / 15, 4 / 15, 0.2], atol=1e-7)
    assert np.allclose(found.equal_multipliers[-1], -16 / 15, atol=1e-6)
    assert np.allclose(found.below_multipliers[-1], 1.2 - 16 / 15, atol=1e-6)
    shapes = found.path.shape, found.equal_multipliers.shape, found.below_multipliers.shape, found.dual.shape
    k = found.steps
    assert shapes == ((k + 1, 3), (k, 1), (k, 1), (k,)) and found.violation.shape == found.primal.shape == (k,)
    assert found.path[0].tolist() == [0, 0, 0] and found.violation[-1] <= 1e-8 < found.violation[0]


def test_multipliers_are_shadow_prices():
    """How the optimum changes when a constraint is loosened: d f* / d total = -lam, d f* / d floor = mu."""
    h = 1e-4
    found = augmented_lagrangian(both_kinds(), np.zeros(3))
    for name, at, price in (("total", 1.0, -found.equal_multipliers), ("floor", 0.2, found.below_multipliers)):
        ends = [augmented_lagrangian(both_kinds(**{name: at + d}), np.zeros(3)).primal[-1] for d in (-h, h)]
        assert (ends[1] - ends[0]) / (2 * h) == pytest.approx(price[-1, 0], rel=1e-3)


def test_a_constraint_that_does_not_bind_has_no_price():
    found = augmented_lagrangian(both_kinds(floor=-1.0), np.zeros(3))
    assert found.below_multipliers[-1, 0] == 0 and np.allclose(found.end, np.array([6, 3, 2]) / 11, atol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_quadratic_programmes_have_no_gap_and_the_solution_of_scipy(seed):
    q, c, a, b = quadratic(seed)
    problem = quadratic_problem(q, c, a, b)
    found = augmented_lagrangian(problem, np.zeros(5))
    known = minimize(
        problem.value,
        np.zeros(5),
        jac=problem.gradient,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda x: b - a @ x, "jac": lambda x: -a},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    mu = found.below_multipliers
    assert found.reason == "converged" and np.allclose(found.end, known.x, atol=1e-5)
    assert (mu >= 0).all() and (mu[-1] > 1e-3).any() and np.abs(mu[-1] * (a @ found.end - b)).max() < 1e-6
    assert np.allclose(q @ found.end + c + a.T @ mu[-1], 0, atol=1e-6)  # Karush, Kuhn, Tucker
    gap = found.primal - found.dual
    assert abs(gap[-1]) < 1e-6 and (found.dual <= known.fun + 1e-7).all() and (np.diff(found.dual) > -1e-7).all()
    assert np.allclose(found.dual, [quadratic_dual(q, c, a, b, m) for m in mu], atol=1e-6)


def test_the_dual_is_a_bound_from_below_and_its_maximum_is_the_optimum():
    q, c, a, b = quadratic(1)
    problem = quadratic_problem(q, c, a, b)
    best = augmented_lagrangian(problem, np.zeros(5))
    rng = np.random.default_rng(0)
    for _ in range(20):
        mu = rng.exponential(size=7)
        value = quadratic_dual(q, c, a, b, mu)
        assert value < best.primal[-1] and value == pytest.approx(dual_function(problem, [], mu, np.zeros(5)), abs=1e-6)
        near = np.maximum(0, best.below_multipliers[-1] + 0.01 * rng.normal(size=7))
        assert quadratic_dual(q, c, a, b, near) <= best.dual[-1] + 1e-7


def test_the_circle_is_not_convex_and_still_solved():
    found = augmented_lagrangian(CIRCLE, [1.0, 0.3])
    assert found.reason == "converged" and np.allclose(found.end, -1, atol=1e-7)
    assert found.equal_multipliers[-1, 0] == pytest.approx(0.5) and found.primal[-1] == pytest.approx(-2)
    assert dual_function(CIRCLE, [0.5], [], [0.0, 0.0]) == pytest.approx(-2)
    assert dual_function(CIRCLE, [0.0], [], [0.0, 0.0]) == -np.inf  # x + y alone has no lower bound
    assert dual_function(CIRCLE, [-0.5], [], [0.1, 0.0]) == -np.inf


def test_it_does_not_stop_at_a_point_that_only_obeys_the_constraints():
    """A well at 3 holds x until its price is too high; then x jumps to 0.5, inside x <= 1, and must come back."""
    problem = Problem(
        lambda x: float(2 * (x[0] - 0.9) ** 2 - 30 * np.exp(-((x[0] - 3) ** 2))),
        lambda x: 4 * (x - 0.9) + 60 * (x - 3) * np.exp(-((x - 3) ** 2)),
        below=(lambda x: x - 1.0, lambda x: np.eye(1)),
    )
    found = augmented_lagrangian(problem, [3.0], penalty=1.0)
    assert found.path.min() < 0.6 and found.end[0] == pytest.approx(1.0, abs=1e-7)
    assert found.below_multipliers[-1] == pytest.approx(-problem.gradient(np.ones(1)), abs=1e-5)


def test_a_penalty_that_is_far_too_small_grows():
    found = augmented_lagrangian(both_kinds(), np.zeros(3), penalty=1e-4, max_steps=30)
    assert found.reason == "converged" and np.allclose(found.end, [8 / 15, 4 / 15, 0.2], atol=1e-6)


def test_a_problem_without_solution_is_not_called_solved():
    nowhere = Problem(
        lambda x: float(x @ x),
        lambda x: 2 * x,
        below=(lambda x: np.array([1 - x[0], x[0]]), lambda x: np.array([[-1.0], [1.0]])),
    )
    found = augmented_lagrangian(nowhere, [0.3], max_steps=8)
    assert found.reason == "max_steps" and found.violation[-1] > 0.4
    assert (np.diff(found.below_multipliers.sum(axis=1)) > 0).all()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: augmented_lagrangian(Problem(np.sum, np.ones_like), [1.0]), "no constraints"),
        (lambda: augmented_lagrangian(CIRCLE, [1, 2]), "start must hold floats"),
        (lambda: augmented_lagrangian(CIRCLE, [1.0, 2.0], penalty=0.0), "penalty must be a number above 0"),
        (lambda: augmented_lagrangian(CIRCLE, [1.0, 2.0], max_steps=0), "whole number from 1 up"),
        (lambda: augmented_lagrangian(CIRCLE, [1.0, 2.0], tolerance=0), "tolerance must be"),
        (
            lambda: augmented_lagrangian(Problem(np.sum, np.ones_like, below=(lambda x: 1.0, np.ones_like)), [1.0]),
            r"`below` must give a number for each constraint, \(m,\), got \(\)",
        ),
        (
            lambda: augmented_lagrangian(
                Problem(lambda x: -((x @ x) ** 3), lambda x: -6 * (x @ x) ** 2 * x, equal=CIRCLE.equal), [1.0, 2.0]
            ),
            "minimum over x must be finite",
        ),
        (lambda: dual_function(CIRCLE, [0.0, 1.0], [], [0.0, 0.0]), "equal_multipliers must have shape"),
        (lambda: quadratic_dual(np.eye(2), [0.0, 0.0], np.eye(2), [1.0, 1.0], [1.0, -1.0]), "at least 0, got -1"),
        (lambda: quadratic_problem(np.eye(2), [0.0], np.eye(2), [1.0, 1.0]), r"expected q \(d, d\)"),
        (lambda: quadratic_problem(np.diag([1.0, -1.0]), [0.0, 0.0], np.eye(2), [1.0, 1.0]), "positive definite"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()
