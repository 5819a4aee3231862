"""The neuron and its two learning rules against truth tables, scikit-learn and least squares."""

from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import Perceptron

from dlcourse.scratch.adaline import train_adaline
from dlcourse.scratch.perceptron import mistake_bound, neuron, step, train_perceptron

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES = {"AND": [0, 0, 0, 1], "NAND": [1, 1, 1, 0], "OR": [0, 1, 1, 1], "NOR": [1, 0, 0, 0]}


def clouds(seed, gap, n=60, d=3):
    """Two point clouds, `gap` apart along a random direction: x (n, d), t (n,)"""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=d)
    direction /= np.linalg.norm(direction)
    x = rng.normal(size=(n, d))
    t = (x @ direction > 0).astype(int)
    return x + gap / 2 * np.outer(2 * t - 1, direction), t


def test_step_fires_at_zero():
    np.testing.assert_array_equal(step([-1e-9, 0.0, 1e-9]), [0, 1, 1])


def test_gates_by_hand():
    assert neuron(SQUARE, np.array([1.0, 1.0]), -1.5).tolist() == GATES["AND"]
    assert neuron(SQUARE, np.array([-1.0, -1.0]), 1.0).tolist() == GATES["NAND"]


@pytest.mark.parametrize("gate", GATES)
def test_every_separable_gate_is_learned_from_any_start(gate):
    for seed in range(20):
        start = np.random.default_rng(seed).normal(size=3)
        fit = train_perceptron(SQUARE, GATES[gate], w=start[:2], b=start[2])
        assert fit.history[-1] == 0 and neuron(SQUARE, fit.w, fit.b).tolist() == GATES[gate]


def test_xor_is_never_learned():
    fit = train_perceptron(SQUARE, [0, 1, 1, 0], epochs=500)
    assert len(fit.history) == 500 and fit.history.min() > 0


@pytest.mark.parametrize("epochs", [1, 2, 7])
def test_the_rule_is_scikit_learns(epochs):
    x, t = clouds(seed=1, gap=0.0)
    t[:6] = 1 - t[:6]  # not separable: no early stop
    start = np.full(3, 1e-9)  # off zero, where the two differ on what step(0) is
    peer = Perceptron(max_iter=epochs, tol=None, shuffle=False, eta0=1.0, fit_intercept=True)
    peer.fit(x, t, coef_init=start[None].copy(), intercept_init=-1e-9)
    fit = train_perceptron(x, t, epochs=epochs, w=start, b=-1e-9)
    np.testing.assert_allclose([*fit.w, fit.b], [*peer.coef_[0], *peer.intercept_], atol=1e-6)


@pytest.mark.parametrize("gap", [0.2, 0.5, 1.0, 2.0])
def test_novikoffs_bound_holds(gap):
    for seed in range(10):
        x, t = clouds(seed, gap)
        fit = train_perceptron(x, t)
        assert fit.history[-1] == 0
        assert fit.history.sum() <= mistake_bound(x, t, fit.w, fit.b)


def test_the_bound_by_hand_and_without_a_line():
    x, t = np.array([[3.0], [-3.0]]), np.array([1, 0])
    assert mistake_bound(x, t, np.array([2.0]), 0.0) == pytest.approx((9 + 1) / 9)
    assert mistake_bound(x, t, np.array([-2.0]), 0.0) == np.inf


def test_adaline_tends_to_least_squares():
    x, t = clouds(seed=4, gap=0.5)
    fit = train_adaline(x, 2 * t - 1, rate=1e-3, epochs=2000)
    best, *_ = np.linalg.lstsq(np.c_[x, np.ones(len(x))], 2 * t - 1, rcond=None)
    np.testing.assert_allclose([*fit.w, fit.b], best, atol=2e-3)
    assert np.all(np.diff(fit.history[:50]) < 0)


def test_one_delta_step_by_hand():
    fit = train_adaline(np.array([[2.0, -1.0]]), np.array([1.0]), rate=0.1, epochs=1, w=[0.5, 0.5], b=0.25)
    np.testing.assert_allclose([*fit.w, fit.b], [0.55, 0.475, 0.275])
    assert fit.history == pytest.approx(0.0625)


def test_lists_are_read_as_arrays_and_truth_values_as_targets():
    fit = train_perceptron(SQUARE, GATES["AND"])
    for x, t in ((SQUARE.tolist(), GATES["AND"]), (SQUARE.astype("uint8"), np.array(GATES["AND"], bool))):
        again = train_perceptron(x, t)
        assert again.w.tolist() == fit.w.tolist() and again.b == fit.b
        assert mistake_bound(x, t, fit.w.tolist(), fit.b) == mistake_bound(SQUARE, GATES["AND"], fit.w, fit.b)
    line, same = (train_adaline(x, [1, -1], rate=0.1, epochs=2) for x in ([[1], [2]], np.array([[1.0], [2.0]])))
    assert line.w.tolist() == same.w.tolist() and line.history.tolist() == same.history.tolist()


BOUND, DELTA = partial(mistake_bound, w=np.ones(2), b=0.0), partial(train_adaline, rate=0.1, epochs=1)


@pytest.mark.parametrize("rule", [train_perceptron, BOUND])
@pytest.mark.parametrize("t, got", [([-1, -1, -1, 1], "-1"), ([0, 0, 1, 2], "2"), ([0, 0.5, 1, 1], "0.5")])
def test_targets_other_than_0_and_1_are_refused(rule, t, got):
    with pytest.raises(ValueError, match=rf"t must be 0 and 1, got {got}; map .* by \(t \+ 1\) / 2"):
        rule(SQUARE, t)


@pytest.mark.parametrize("rule", [train_perceptron, BOUND, DELTA])
@pytest.mark.parametrize(
    "x, t, message",
    [
        (SQUARE, [0, 1, 1], r"got \(4, 2\) and \(3,\)"),
        (SQUARE[0], [0, 1], r"expected x \(n, d\)"),
        (SQUARE, [[0], [1], [1], [1]], r"got \(4, 2\) and \(4, 1\)"),
        (SQUARE * np.nan, [0, 1, 1, 1], "NaN or infinite"),
        (SQUARE[:0], [], "n > 0"),
    ],
)
def test_rows_that_do_not_fit_their_targets_are_refused(rule, x, t, message):
    with pytest.raises(ValueError, match=message):
        rule(x, t)
