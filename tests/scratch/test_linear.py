"""Least squares in closed form and by descent, against scikit-learn, finite differences and each other."""

import numpy as np
import pytest
from scipy.stats import linregress
from sklearn.linear_model import LinearRegression

from dlcourse.scratch.linear import gradient_descent, least_squares, line, mse_gradient, normal_equations
from dlcourse.scratch.samples import batches, samples


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)) * [1, 2, 3, 4] + [5, 0, -2, 1]
    return x, x @ [1.0, -2.0, 0.5, 3.0] + 7 + rng.normal(size=60)


def test_line_agrees_with_scipy_and_with_the_plane_of_one_feature(data):
    x, y = data[0][:, 0], data[1]
    slope, intercept = line(x, y)
    known = linregress(x, y)
    np.testing.assert_allclose([slope, intercept], [known.slope, known.intercept], rtol=1e-12)
    w, b = least_squares(x[:, None], y)
    np.testing.assert_allclose([slope, intercept], [w[0], b], rtol=1e-12)


def test_line_refuses_equal_x():
    with pytest.raises(ValueError, match="all 3 values of x are 2"):
        line([2, 2, 2], [1, 2, 3])


@pytest.mark.parametrize("solve", [normal_equations, least_squares])
def test_closed_forms_agree_with_scikit_learn_and_leave_a_residual_at_right_angles(solve, data):
    x, y = data
    w, b = solve(x, y)
    known = LinearRegression().fit(x, y)
    np.testing.assert_allclose(w, known.coef_, rtol=1e-10)
    assert b == pytest.approx(known.intercept_, rel=1e-10)
    residual = y - x @ w - b
    np.testing.assert_allclose(x.T @ residual, 0, atol=1e-9)
    assert residual.sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("twin", [lambda x: x[:, 0], lambda x: x[:, 0] + 2 * x[:, 1], lambda x: np.ones(len(x))])
def test_dependent_columns_have_no_inverse_but_a_shortest_solution(twin, data):
    x, y = data
    x = np.column_stack([x, twin(x)])
    with pytest.raises(ValueError, match="6 x 6 but has rank 5"):
        normal_equations(x, y)
    w, b = least_squares(x, y)
    v = np.linalg.pinv(np.column_stack([x, np.ones(len(x))])) @ y
    np.testing.assert_allclose([*w, b], v, atol=1e-9)


def test_fewer_rows_than_unknowns_have_no_inverse_but_an_exact_fit(data):
    x, y = data[0][:3], data[1][:3]
    with pytest.raises(ValueError, match="rank 3"):
        normal_equations(x, y)
    w, b = least_squares(x, y)
    np.testing.assert_allclose(x @ w + b, y, rtol=1e-9)


def test_mse_gradient_is_the_finite_difference_of_the_loss(data):
    x, y = data
    w, b, h = np.array([0.3, -0.1, 0.2, 0.7]), 0.4, 1e-6

    def loss(v):
        return np.mean((x @ v[:-1] + v[-1] - y) ** 2)

    v = np.array([*w, b])
    slopes = [(loss(v + h * e) - loss(v - h * e)) / (2 * h) for e in np.eye(5)]
    dw, db = mse_gradient(x, y, w, b)
    np.testing.assert_allclose([*dw, db], slopes, rtol=1e-6)


def test_descent_reaches_the_closed_form_below_the_bound_and_leaves_it_above(data):
    x, y = data
    a = np.column_stack([x, np.ones(len(x))])
    bound = 2 / np.linalg.eigvalsh(2 / len(x) * a.T @ a).max()
    w, b, path = gradient_descent(x, y, 0.99 * bound, batches(len(x), epochs=20_000))
    np.testing.assert_allclose([*w, b], [*least_squares(x, y)[0], least_squares(x, y)[1]], rtol=1e-6)
    assert path.shape == (20_001, 5)
    np.testing.assert_array_equal(path[-1], [*w, b])
    beyond = gradient_descent(x, y, 1.02 * bound, batches(len(x), epochs=1000))[2]
    assert np.linalg.norm(beyond[-1]) > 1e6


def test_descent_takes_the_steps_of_a_slow_twin(data):
    x, y = data
    start = (np.array([0.1, 0.2, 0.3, 0.4]), -1.0)
    w, b = start[0].tolist(), start[1]
    for step, first in enumerate(range(0, 60, 25)):
        rows, eta = range(first, min(first + 25, 60)), 0.01 / (1 + step)
        errors = [sum(w[j] * x[i, j] for j in range(4)) + b - y[i] for i in rows]
        dw = [sum(2 * e * x[i, j] for e, i in zip(errors, rows, strict=True)) / len(errors) for j in range(4)]
        w, b = [w[j] - eta * dw[j] for j in range(4)], b - eta * 2 * sum(errors) / len(errors)
    got = gradient_descent(x, y, lambda step: 0.01 / (1 + step), batches(60, size=25), start)
    np.testing.assert_allclose([*got[0], got[1]], [*w, b], rtol=1e-12)
    np.testing.assert_array_equal(start[0], [0.1, 0.2, 0.3, 0.4])


def test_descent_from_zero_ends_at_the_shortest_of_many_solutions(data):
    x, y = data[0][:, :2], data[1]
    x = np.column_stack([x, x[:, 0]])
    w, b, _ = gradient_descent(x, y, 0.015, batches(len(x), epochs=20_000))
    known = least_squares(x, y)
    np.testing.assert_allclose([*w, b], [*known[0], known[1]], rtol=1e-6)
    assert w[0] == pytest.approx(w[2])


def test_descent_follows_the_gradient_it_is_given(data):
    x, y = data
    w, b, _ = gradient_descent(x, y, 0.5, batches(60, epochs=3), gradient=lambda x, y, w, b: (np.ones(4), 2.0))
    np.testing.assert_allclose([*w, b], [-1.5, -1.5, -1.5, -1.5, -3.0])


def test_batches_cover_every_row_once_an_epoch():
    cut = list(batches(10, size=4, epochs=2, rng=np.random.default_rng(1)))
    assert [len(rows) for rows in cut] == [4, 4, 2, 4, 4, 2]
    first, second = np.concatenate(cut[:3]), np.concatenate(cut[3:])
    assert sorted(first) == sorted(second) == list(range(10)) and first.tolist() != second.tolist()
    assert [rows.tolist() for rows in batches(3, epochs=2)] == [[0, 1, 2], [0, 1, 2]]
    with pytest.raises(ValueError, match="size=0"):
        next(batches(3, size=0))


@pytest.mark.parametrize(
    "x, y, message",
    [
        (np.ones((3, 1)), np.ones((3, 1)), r"got \(3, 1\) and \(3, 1\)"),
        (np.ones(3), np.ones(3), r"x\[:, None\]"),
        (np.ones((3, 1)), np.ones(2), "got"),
        (np.ones((0, 2)), np.ones(0), "n > 0"),
        ([[1.0], [np.nan]], [1.0, np.inf], "got 2 that are NaN or infinite"),
        ([[1.0], [np.nan]], [1.0, 2.0], "got 1 that"),
        ([[1.0], [3.0]], [-np.inf, 2.0], "got 1 that"),
    ],
)
def test_what_does_not_fit_is_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        samples(x, y)
