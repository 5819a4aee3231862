"""Hinge losses against a slow loop, scikit-learn and central differences."""

import numpy as np
import pytest
from sklearn.metrics import hinge_loss

from dlcourse.scratch.hinge import (
    hinge,
    squared_weston_watkins,
    squared_weston_watkins_gradient,
    weston_watkins,
    weston_watkins_gradient,
)

FORMS = [(weston_watkins, weston_watkins_gradient, 1), (squared_weston_watkins, squared_weston_watkins_gradient, 2)]


def problem(seed=0, n=20, k=5):
    rng = np.random.default_rng(seed)
    return rng.integers(k, size=n), 1.5 * rng.normal(size=(n, k))


def test_binary_hinge_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    y, s = rng.choice([-1, 1], size=30), rng.normal(size=30)
    assert hinge(y, s).mean() == pytest.approx(hinge_loss(y, s))
    with pytest.raises(ValueError, match="2 \\* y - 1"):
        hinge([0, 1], [0.0, 0.0])


@pytest.mark.parametrize("loss, gradient, power", FORMS)
def test_loss_agrees_with_a_slow_loop(loss, gradient, power):
    y, s = problem()
    slow = [sum(max(0, 1 + s[i, j] - s[i, y[i]]) ** power for j in range(5) if j != y[i]) for i in range(len(y))]
    assert np.allclose(loss(y, s), slow)


@pytest.mark.parametrize("loss, gradient, power", FORMS)
def test_gradient_agrees_with_central_differences(loss, gradient, power):
    y, s = problem(1)
    found, h = gradient(y, s), 1e-6
    for j in range(5):
        step = h * (np.arange(5) == j)
        assert np.allclose(found[:, j], (loss(y, s + step) - loss(y, s - step)) / (2 * h), atol=1e-5)
    assert np.allclose(found.sum(axis=-1), 0)


@pytest.mark.parametrize("loss, gradient, power", FORMS)
def test_a_lead_of_1_costs_nothing_and_a_draw_costs_1_a_class(loss, gradient, power):
    assert loss([1], [[0.0, 1.0, -3.0]])[0] == 0 and not gradient([1], [[0.0, 1.0, -3.0]]).any()
    assert loss([1], [[2.0, 2.0, 2.0]])[0] == 2
    assert loss([0], [[-1e4, 1e4]])[0] == (1 + 2e4) ** power


def test_two_classes_are_the_binary_hinge_of_the_lead():
    y, s = problem(2, k=2)
    assert np.allclose(weston_watkins(y, s), hinge(2 * y - 1, s[:, 1] - s[:, 0]))


@pytest.mark.parametrize("loss, gradient, power", FORMS)
def test_labels_out_of_range_are_refused(loss, gradient, power):
    for call in (loss, gradient):
        with pytest.raises(ValueError, match="expected 0 to 2"):
            call([3], np.zeros((1, 3)))
