"""Solving A x = b downhill: the solution, the bound on the rate, and how steps grow with the condition number."""

import numpy as np
import pytest

from dlcourse.scratch.systems import condition_number, conjugate_gradients, fixed_rate, jacobi, steepest_descent


def system(curvatures, seed=0):
    """A symmetric matrix with these eigenvalues, a right side, and the solution."""
    rng = np.random.default_rng(seed)
    d = len(curvatures)
    q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    a, x = q * curvatures @ q.T, rng.normal(size=d)
    return (a + a.T) / 2, a @ x, x


def best_fixed(a, b, **options):
    values = np.linalg.eigvalsh(a)
    return fixed_rate(a, b, 2 / (values[0] + values[-1]), **options)


@pytest.mark.parametrize("solve", [best_fixed, steepest_descent, conjugate_gradients])
def test_every_walk_ends_at_the_solution(solve):
    a, b, x = system(np.linspace(1, 30, 12))
    path = solve(a, b, tolerance=1e-10)
    np.testing.assert_array_equal(path[0], np.zeros(12))
    np.testing.assert_allclose(path[-1], x, atol=1e-8)
    assert np.linalg.norm(a @ path[-1] - b) <= 1e-10 * np.linalg.norm(b) < np.linalg.norm(a @ path[-2] - b)


def test_a_fixed_rate_converges_below_two_over_the_largest_eigenvalue_and_only_there():
    a, b, x = system(np.linspace(1, 8, 5))
    np.testing.assert_allclose(fixed_rate(a, b, 0.99 * 2 / 8, tolerance=1e-9)[-1], x, atol=1e-7)
    beyond = fixed_rate(a, b, 1.01 * 2 / 8, steps=2000)
    assert len(beyond) == 2001 and np.linalg.norm(beyond[-1]) > 1e6


def test_the_error_of_the_best_fixed_rate_shrinks_by_the_known_factor():
    a, b, x = system(np.array([1.0, 9.0]))
    errors = np.linalg.norm(best_fixed(a, b, steps=40, tolerance=0) - x, axis=1)
    np.testing.assert_allclose(errors[1:] / errors[:-1], (9 - 1) / (9 + 1), rtol=1e-6)


def test_steepest_descent_turns_by_a_right_angle_at_each_step_and_lowers_f():
    a, b, _ = system(np.linspace(1, 40, 6))
    path = steepest_descent(a, b, steps=20, tolerance=0)
    moves = np.diff(path, axis=0)
    np.testing.assert_allclose(np.einsum("td,td->t", moves[1:], moves[:-1]), 0, atol=1e-9)
    f = np.einsum("td,de,te->t", path, a, path) / 2 - path @ b
    assert (np.diff(f) < 0).all()


def test_conjugate_gradients_need_at_most_d_steps_and_one_per_distinct_eigenvalue():
    a, b, _ = system(np.linspace(1, 1000, 8))
    assert len(conjugate_gradients(a, b, tolerance=1e-8)) - 1 <= 8
    a, b, _ = system(np.repeat([1.0, 500.0, 1000.0], 10))
    assert len(conjugate_gradients(a, b, tolerance=1e-8)) - 1 == 3


def test_condition_number_is_numpys_and_squares_in_the_gram_matrix():
    x = np.random.default_rng(2).normal(size=(30, 5)) * [1, 10, 100, 1, 1]
    assert condition_number(x) == pytest.approx(np.linalg.cond(x), rel=1e-12)
    assert condition_number(x.T @ x) == pytest.approx(condition_number(x) ** 2, rel=1e-9)
    assert condition_number(np.zeros((3, 3))) == np.inf


def test_jacobi_gives_a_unit_diagonal_the_same_solution_and_equals_scaling_the_columns():
    x = np.random.default_rng(3).normal(size=(50, 4)) * [1, 10, 100, 1000]
    a, b = x.T @ x, x.T @ np.ones(50)
    scaled, right, s = jacobi(a, b)
    np.testing.assert_allclose(np.diag(scaled), 1.0)
    np.testing.assert_allclose(s * np.linalg.solve(scaled, right), np.linalg.solve(a, b), rtol=1e-9)
    columns = x / np.linalg.norm(x, axis=0)
    np.testing.assert_allclose(scaled, columns.T @ columns, atol=1e-12)
    assert condition_number(scaled) < condition_number(a) / 1e5


def test_a_right_side_of_zero_is_solved_at_once():
    for solve in (steepest_descent, conjugate_gradients, lambda a, b: fixed_rate(a, b, 0.1)):
        np.testing.assert_array_equal(solve(np.eye(3), np.zeros(3)), np.zeros((1, 3)))


@pytest.mark.parametrize(
    "a, b, message",
    [
        (np.ones((3, 2)), np.ones(3), "For a tall A"),
        (np.eye(3), np.ones(2), "got"),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), np.ones(2), "symmetric positive definite"),
        (-np.eye(2), np.ones(2), "symmetric positive definite"),
        (np.diag([1.0, np.nan]), np.ones(2), "finite"),
    ],
)
def test_what_is_no_such_system_is_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        steepest_descent(a, b)
