"""Losses and scores of a regression against Keras, scikit-learn, finite differences and known values."""

import keras
import numpy as np
import pytest
from sklearn import metrics

from dlcourse.scratch.regression_losses import gradient, huber, log_cosh, mae, mse
from dlcourse.scratch.regression_scores import r2, rmse

RNG = np.random.default_rng(0)
Y, P = RNG.normal(size=50), 3 * RNG.normal(size=50)
LOSSES = [(mse, {}), (mae, {}), (huber, {}), (huber, {"delta": 2.5}), (log_cosh, {})]
NAMES = ["mse", "mae", "huber", "huber 2.5", "log-cosh"]


@pytest.mark.parametrize(
    "loss, options, known",
    [
        (mse, {}, keras.losses.MeanSquaredError()),
        (mae, {}, keras.losses.MeanAbsoluteError()),
        (huber, {"delta": 2.5}, keras.losses.Huber(delta=2.5)),
        (log_cosh, {}, keras.losses.LogCosh()),
    ],
    ids=["mse", "mae", "huber", "log-cosh"],
)
def test_values_agree_with_keras(loss, options, known):
    expected = float(keras.ops.convert_to_numpy(known(Y[:, None], P[:, None])))
    assert loss(Y, P, **options) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("score, known", [(rmse, metrics.root_mean_squared_error), (r2, metrics.r2_score)])
def test_scores_agree_with_scikit_learn(score, known):
    assert score(Y, P) == pytest.approx(known(Y, P), rel=1e-12)


@pytest.mark.parametrize("loss, options", LOSSES, ids=NAMES)
def test_gradient_is_the_finite_difference_of_the_loss(loss, options):
    h = 1e-6
    slopes = [(loss(Y, P + h * e, **options) - loss(Y, P - h * e, **options)) / (2 * h) for e in np.eye(50)]
    np.testing.assert_allclose(gradient(loss, Y, P, **options), slopes, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("loss, options", LOSSES, ids=NAMES)
def test_a_perfect_prediction_costs_nothing_and_pulls_nowhere(loss, options):
    assert loss(Y, Y, **options) == 0.0
    np.testing.assert_array_equal(gradient(loss, Y, Y, **options), 0)


@pytest.mark.parametrize("loss, options", LOSSES, ids=NAMES)
def test_nan_stays_nan(loss, options):
    assert np.isnan(loss([0.0, 1.0], [np.nan, 1.0], **options))


@pytest.mark.parametrize("loss, options", LOSSES, ids=NAMES)
def test_a_column_against_a_row_is_refused_and_not_broadcast(loss, options):
    with pytest.raises(ValueError, match=r"\(50,\) and \(50, 1\)"):
        loss(Y, P[:, None], **options)


def test_log_cosh_is_finite_and_right_where_cosh_overflows():
    assert log_cosh([0.0], [1e4]) == pytest.approx(1e4 - np.log(2), rel=1e-12)
    assert log_cosh([0.0], [1e-4]) == pytest.approx(0.5e-8, rel=1e-6)
    assert log_cosh([0.0], [-1e300]) == pytest.approx(1e300)


def test_huber_has_both_limits():
    assert huber(Y, P, delta=1e6) == pytest.approx(mse(Y, P) / 2, rel=1e-12)
    assert huber(Y, P, delta=1e-9) / 1e-9 == pytest.approx(mae(Y, P), rel=1e-6)
    assert huber([0.0, 0.0], [3.0, -3.0], delta=2.0) == 4.0  # by hand: 2 * (3 - 1), the same on both sides
    with pytest.raises(ValueError, match="delta > 0, got 0"):
        huber(Y, P, delta=0)


def test_r2_has_its_landmarks():
    assert r2(Y, Y) == 1.0
    assert r2(Y, np.full(50, Y.mean())) == pytest.approx(0, abs=1e-12)
    assert r2(Y, -10 * Y) < 0
    with pytest.raises(ValueError, match="all targets are equal"):
        r2(np.ones(3), np.ones(3))


def test_gradient_names_the_losses_it_knows():
    with pytest.raises(ValueError, match="expected one of mse, mae, huber, log_cosh"):
        gradient(rmse, Y, P)
