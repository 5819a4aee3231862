"""Polynomial columns, and bias and variance against their definition and a case known by hand."""

import numpy as np
import pytest

from dlcourse.scratch.linear import least_squares
from dlcourse.scratch.polynomials import bias_variance, powers


def test_least_squares_on_powers_is_numpys_polynomial_fit():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 40)
    y = np.sin(3 * x) + 0.1 * rng.normal(size=40)
    w, b = least_squares(powers(x, 5), y)
    np.testing.assert_allclose([b, *w], np.polynomial.Polynomial.fit(x, y, 5).convert().coef, rtol=1e-8)


def test_a_degree_below_one_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        powers([1.0], 0)


def test_bias_and_variance_add_up_to_the_squared_error():
    rng = np.random.default_rng(1)
    predictions, truth = rng.normal(size=(30, 7)) + 2, rng.normal(size=7)
    bias, variance = bias_variance(predictions, truth)
    assert bias + variance == pytest.approx(np.mean((predictions - truth) ** 2), rel=1e-12)


def test_the_mean_of_n_numbers_has_no_bias_and_variance_sigma_squared_over_n():
    draws = np.random.default_rng(2).normal(3.0, 2.0, size=(20_000, 16))
    bias, variance = bias_variance(draws.mean(axis=1, keepdims=True), np.array([3.0]))
    assert bias < 1e-3 and variance == pytest.approx(4.0 / 16, rel=0.05)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got \(3, 2\) and \(3,\)"):
        bias_variance(np.zeros((3, 2)), np.zeros(3))
