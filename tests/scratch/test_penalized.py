"""Ridge, lasso and elastic net against scikit-learn, against the conditions of a minimum, and at their limits."""

import numpy as np
import pytest
from sklearn import linear_model

from dlcourse import datasets
from dlcourse.scratch import penalized
from dlcourse.scratch.linear import least_squares
from dlcourse.scratch.penalized import elastic_net, lasso, penalty_path, ridge, soft_threshold

(X, Y), _ = datasets.diabetes(standardise=True)
X, Y = X.astype(float), Y.astype(float)
PENALTIES = np.geomspace(60, 0.01, 30)


def peer(l1_ratio, penalty):
    if l1_ratio == 0:
        return linear_model.Ridge(alpha=len(Y) * penalty).fit(X, Y)
    return linear_model.ElasticNet(alpha=penalty, l1_ratio=l1_ratio, tol=1e-12, max_iter=1_000_000).fit(X, Y)


@pytest.mark.parametrize("l1_ratio", [0, 0.5, 1], ids=["ridge", "elastic net", "lasso"])
def test_paths_agree_with_scikit_learn_to_1e_4(l1_ratio):
    weights, biases = penalty_path(X, Y, PENALTIES, l1_ratio)
    assert weights.shape == (30, 10) and biases.shape == (30,)
    for penalty, w, b in zip(PENALTIES, weights, biases, strict=True):
        known = peer(l1_ratio, penalty)
        np.testing.assert_allclose(w, known.coef_, atol=1e-4)
        assert b == pytest.approx(known.intercept_, abs=1e-4)


@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
def test_elastic_net_meets_the_conditions_of_a_minimum(l1_ratio):
    penalty = 10.0
    w, b = elastic_net(X, Y, penalty, l1_ratio)
    pull = X.T @ (Y - X @ w - b) / len(Y) - penalty * (1 - l1_ratio) * w
    on = w != 0
    assert 0 < on.sum() < 10
    np.testing.assert_allclose(pull[on], penalty * l1_ratio * np.sign(w[on]), rtol=1e-6)
    assert (np.abs(pull[~on]) <= penalty * l1_ratio).all()


def test_lasso_is_zero_from_the_known_penalty_on_and_not_below():
    top = np.abs(X.T @ (Y - Y.mean())).max() / len(Y)
    w, b = lasso(X, Y, top * 1.000001)
    assert not w.any() and b == pytest.approx(Y.mean())
    assert np.count_nonzero(lasso(X, Y, top * 0.99)[0]) == 1


@pytest.mark.parametrize("fit", [ridge, lasso, elastic_net])
def test_no_penalty_is_least_squares_and_a_huge_one_is_the_mean(fit):
    w, b = fit(X, Y, 0.0)
    known_w, known_b = least_squares(X, Y)
    np.testing.assert_allclose(w, known_w, rtol=1e-4)
    assert b == pytest.approx(known_b, rel=1e-6)
    w, b = fit(X, Y, 1e9)
    np.testing.assert_allclose(w, 0, atol=1e-6)
    assert b == pytest.approx(Y.mean(), rel=1e-6)


@pytest.mark.parametrize("fit", [ridge, lasso, elastic_net])
def test_the_bias_is_free_so_shifting_changes_no_weight(fit):
    w, b = fit(X, Y, 2.0)
    far, b_far = fit(X + 100.0, Y + 1000.0, 2.0)
    np.testing.assert_allclose(far, w, atol=1e-5)
    assert b_far == pytest.approx(b + 1000.0 - 100.0 * w.sum(), rel=1e-5)


def test_a_warm_start_changes_the_way_and_not_the_end():
    np.testing.assert_allclose(lasso(X, Y, 1.0, start=np.full(10, 50.0))[0], lasso(X, Y, 1.0)[0], atol=1e-5)
    np.testing.assert_allclose(penalty_path(X, Y, [1.0, 20.0], 1)[0][1], lasso(X, Y, 20.0)[0], atol=1e-6)


def test_a_path_hands_each_fit_the_weights_before_it(monkeypatch):
    starts, known = [], penalized.elastic_net

    def spy(x, y, penalty, l1_ratio, start):
        starts.append(start)
        return known(x, y, penalty, l1_ratio, start)

    monkeypatch.setattr(penalized, "elastic_net", spy)
    weights, _ = penalty_path(X, Y, [30.0, 10.0, 3.0], 1.0)
    assert starts[0] is None
    np.testing.assert_array_equal(starts[1:], weights[:2])


def test_elastic_net_shares_between_equal_columns_and_lasso_does_not():
    twice = np.column_stack([X[:, 2], X[:, 2], X[:, 8]])
    shared, alone = elastic_net(twice, Y, 5.0, 0.5)[0], lasso(twice, Y, 5.0)[0]
    assert shared[0] == pytest.approx(shared[1]) and shared[0] > 5
    assert alone[0] > 10 and alone[1] == 0.0


def test_a_constant_column_gets_no_weight():
    w, _ = lasso(np.column_stack([X, np.ones(len(X))]), Y, 1.0, start=np.ones(11))
    assert w[-1] == 0.0
    np.testing.assert_allclose(w[:-1], lasso(X, Y, 1.0)[0], atol=1e-6)


def test_soft_threshold_is_the_minimum_of_its_one_dimensional_problem():
    grid = np.linspace(-5, 5, 100_001)
    for z in (-3.0, -0.4, 0.0, 0.9, 2.5):
        best = grid[np.argmin((grid - z) ** 2 / 2 + 1.2 * np.abs(grid))]
        assert soft_threshold(z, 1.2) == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ridge(X, Y, -1), "0 or more, got -1"),
        (lambda: elastic_net(X, Y, 1.0, l1_ratio=0.0), "0 is ridge"),
        (lambda: elastic_net(X, Y, 1.0, l1_ratio=1.5), "got 1.5"),
        (lambda: lasso(X, Y * np.nan, 1.0), "NaN"),
    ],
)
def test_what_is_no_penalty_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
