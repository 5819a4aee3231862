"""Softmax, cross entropy, its gradient and the fit, against worked examples, differences and scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dlcourse.scratch.labels import class_numbers, one_hot
from dlcourse.scratch.softmax import cross_entropy, fit_softmax, log_softmax, softmax, softmax_gradient


@pytest.mark.parametrize(
    "z, p, digits",
    [
        ([2.0, 1.0, 0.1], [0.65900114, 0.24243297, 0.09856589], 8),
        ([1, 3, 4, 7], [0.002, 0.017, 0.047, 0.934], 3),
        ([-0.5, 1.2, -0.1, 2.4], [0.04, 0.21, 0.06, 0.70], 2),
    ],
)
def test_softmax_of_the_worked_examples(z, p, digits):
    assert softmax(z).round(digits).tolist() == p


def test_softmax_is_the_same_for_shifted_scores_and_silent_for_large_ones():
    z = np.random.default_rng(0).normal(size=(5, 4, 3))
    assert np.allclose(softmax(z), np.exp(z) / np.exp(z).sum(-1, keepdims=True), rtol=1e-13)
    assert np.allclose(softmax(z + 1000), softmax(z), rtol=1e-10)
    with np.errstate(all="raise", under="ignore"):
        assert softmax([[1e4, 0, -1e4], [-1e4, -1e4, -1e4]]).round(4).tolist() == [[1, 0, 0], [0.3333] * 3]


def test_log_softmax_keeps_what_softmax_rounds_to_0():
    z = np.random.default_rng(1).normal(size=(6, 5))
    assert np.allclose(log_softmax(z), np.log(softmax(z)), rtol=1e-12)
    assert log_softmax([0.0, -2000.0]).tolist() == [0.0, -2000.0]
    assert np.isnan(log_softmax([0.0, np.nan])).all()


def test_banana():
    z = np.log([[0.2, 0.7, 0.1]])
    assert cross_entropy([1], z)[0] == pytest.approx(-np.log(0.7)) and round(cross_entropy([1], z)[0], 4) == 0.3567
    assert cross_entropy([[0, 1, 0]], z)[0] == cross_entropy([1], z)[0]


@pytest.mark.parametrize("form", ["sparse", "one-hot", "soft"])
def test_gradient_agrees_with_central_differences(form):
    rng = np.random.default_rng(2)
    z = rng.normal(size=(4, 5))
    y = rng.integers(5, size=4)
    y = {"sparse": y, "one-hot": one_hot(y, 5), "soft": rng.dirichlet(np.ones(5), size=4)}[form]
    gradient, h = softmax_gradient(y, z), 1e-6
    for j in range(5):
        step = h * (np.arange(5) == j)
        numeric = (cross_entropy(y, z + step) - cross_entropy(y, z - step)) / (2 * h)
        assert np.allclose(gradient[:, j], numeric, atol=1e-8)


def test_gradient_at_extreme_scores_is_exact():
    assert softmax_gradient([0, 1], [[1e4, -1e4], [1e4, -1e4]]).tolist() == [[0, 0], [1, -1]]
    assert cross_entropy([0, 1], [[1e4, -1e4], [1e4, -1e4]]).tolist() == [0, 2e4]


def test_fit_finds_what_scikit_learn_finds():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(90, 2))
    y = (x @ rng.normal(size=(2, 3)) + rng.gumbel(size=(90, 3))).argmax(-1)
    w, b, losses = fit_softmax(x, y, [slice(None)] * 5000, 1.0, (np.zeros((2, 3)), np.zeros(3)), penalty=0.02)
    peer = LogisticRegression(C=1 / (0.02 * 90), tol=1e-10, max_iter=2000).fit(x, y)
    assert np.allclose(w, peer.coef_.T, atol=1e-5)
    assert np.allclose(softmax(x @ w + b), peer.predict_proba(x), atol=1e-5)
    assert losses[0] == pytest.approx(np.log(3)) and np.all(np.diff(losses) <= 1e-12)


def test_two_classes_are_logistic_regression():
    from dlcourse.scratch.logistic import fit_logistic

    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(40, 3)), rng.integers(2, size=40)
    batches = [rng.integers(40, size=8) for _ in range(30)]
    w, b, losses = fit_softmax(x, y, batches, 0.2, (np.zeros((3, 2)), np.zeros(2)))
    line, offset, binary = fit_logistic(x, y, batches, 0.4)  # the difference of two columns moves twice as fast
    assert np.allclose(w[:, 1] - w[:, 0], line) and b[1] - b[0] == pytest.approx(offset)
    assert np.allclose(losses, binary)


@pytest.mark.parametrize("labels, message", [([0, 3], "Count from 0"), ([-1, 0], "Count"), ([0.5, 1], "whole")])
def test_labels_out_of_range_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(labels, np.zeros((2, 3)))
    with pytest.raises(ValueError, match=message):
        softmax_gradient(labels, np.zeros((2, 3)))


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 1, 0], [0.5, 0.4, 0], [2, -1, 0], [np.nan, 1, 0]])
@pytest.mark.parametrize("function", [cross_entropy, softmax_gradient])
def test_rows_that_are_no_distribution_are_refused(function, row):
    with pytest.raises(ValueError, match="sum to 1"):
        function([[0, 1, 0], row], np.zeros((2, 3)))


def test_rows_may_be_rounded_and_may_be_none():
    assert cross_entropy(np.full((1, 3), 1 / 3, "float32"), np.zeros((1, 3)))[0] == pytest.approx(np.log(3))
    assert cross_entropy(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"got \(2, 2\)"):
        cross_entropy(np.eye(2), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"argmax"):
        class_numbers(np.eye(2), 2)
    assert one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]] and one_hot([], 3).shape == (0, 3)
