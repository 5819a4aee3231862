"""Sigmoid, binary cross entropy, its gradient and the fit, against limits, differences and scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dlcourse.scratch.logistic import bce, fit_logistic, logistic_gradient, sigmoid


def problem(n=80, d=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    y = (x @ rng.normal(size=d) + rng.logistic(size=n) > 0).astype(float)
    return x, y, rng


def test_sigmoid_is_right_in_the_middle_and_silent_at_the_ends():
    z = np.linspace(-30, 30, 101)
    assert np.allclose(sigmoid(z), 1 / (1 + np.exp(-z)), rtol=1e-14)
    assert np.allclose(sigmoid(z) + sigmoid(-z), 1, atol=1e-15)
    with np.errstate(all="raise", under="ignore"):
        assert sigmoid([-1e4, 1e4]).tolist() == [0.0, 1.0]
    assert sigmoid(-700.0) == pytest.approx(np.exp(-700.0), rel=1e-12)


def test_sigmoids_of_the_worked_example_sum_to_more_than_one():
    assert sigmoid([-0.5, 1.2, -0.1, 2.4]).sum() == pytest.approx(2.54, abs=0.005)


def test_bce_agrees_with_its_definition_and_stays_finite():
    z, y = np.linspace(-20, 20, 41), np.resize([0.0, 1.0, 0.3], 41)
    p = 1 / (1 + np.exp(-z))
    assert np.allclose(bce(y, z), -y * np.log(p) - (1 - y) * np.log(1 - p), rtol=1e-7)
    assert bce([1, 0, 1, 0], [-1e4, 1e4, 1e4, -1e4]).tolist() == [1e4, 1e4, 0, 0]
    assert np.isnan(bce(1.0, np.nan))


@pytest.mark.parametrize("labels", [[-1, 1], [0, 2]])
def test_bce_refuses_labels_outside_0_to_1(labels):
    with pytest.raises(ValueError, match="labels from 0 to 1"):
        bce(labels, [0.0, 0.0])


def test_gradient_agrees_with_central_differences():
    x, y, rng = problem()
    w, b, h = rng.normal(size=3), 0.4, 1e-6
    dw, db = logistic_gradient(x, y, w, b)

    def loss(w, b):
        return bce(y, x @ w + b).mean()

    for j, step in enumerate(h * np.eye(3)):
        assert dw[j] == pytest.approx((loss(w + step, b) - loss(w - step, b)) / (2 * h), abs=1e-8)
    assert db == pytest.approx((loss(w, b + h) - loss(w, b - h)) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("penalty", [0.0, 0.05])
def test_fit_finds_what_scikit_learn_finds(penalty):
    x, y, _ = problem()
    w, b, losses = fit_logistic(x, y, [slice(None)] * 4000, rate=1.0, penalty=penalty)
    peer = LogisticRegression(C=1 / (penalty * len(y)) if penalty else np.inf, tol=1e-10, max_iter=1000).fit(x, y)
    assert np.allclose(w, peer.coef_[0], atol=1e-5) and b == pytest.approx(peer.intercept_[0], abs=1e-5)
    assert np.all(np.diff(losses) <= 1e-12) and losses[0] == pytest.approx(np.log(2))


def test_fit_takes_its_batches_in_order_from_its_start():
    x, y, rng = problem()
    start = rng.normal(size=3), 0.7
    w, b = start
    batches = [np.array([3, 1, 4]), np.array([1, 5, 9, 2])]
    for rows in batches:
        dw, db = logistic_gradient(x[rows], y[rows], w, b)
        w, b = w - 0.3 * (dw + 0.1 * w), b - 0.3 * db
    got_w, got_b, losses = fit_logistic(x, y, batches, rate=0.3, start=start, penalty=0.1)
    assert np.allclose(got_w, w) and got_b == pytest.approx(b) and losses.shape == (2,)
    first = bce(y[batches[0]], x[batches[0]] @ start[0] + start[1]).mean() + 0.05 * (start[0] ** 2).sum()
    assert losses[0] == pytest.approx(first)
