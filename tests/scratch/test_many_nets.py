"""Stacked nets are the single nets: the same answers and gradients, one for each seed."""

import numpy as np
import pytest

from dlcourse.scratch.many_nets import gradient, losses, orders, probabilities, starts
from dlcourse.scratch.mlp import MLP, initial_weights
from dlcourse.scratch.softmax import cross_entropy

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(3, 6, 5)), RNG.integers(4, size=(3, 6))
SHAPES = {"none": [5, 4], "one": [5, 8, 4], "three": [5, 8, 7, 6, 4]}


def moved(sizes):
    """Starts with biases that are not 0."""
    return [w + 0.1 * RNG.normal(size=w.shape) for w in starts(sizes, seeds=3)]


@pytest.mark.parametrize("hidden", ["tanh", "relu"])
@pytest.mark.parametrize("sizes", SHAPES.values(), ids=SHAPES)
def test_each_net_is_the_one_of_the_autograd_engine(sizes, hidden):
    w = moved(sizes)
    for i in range(3):
        model = MLP([w[k][i] if k % 2 == 0 else w[k][i, 0] for k in range(len(w))], hidden)
        loss = model(X[i]).softmax_cross_entropy(Y[i])
        loss.backward()
        assert np.isclose(losses(w, X, Y, hidden)[i], loss.data)
        for mine, its in zip(gradient(w, X, Y, hidden), model.weights, strict=True):
            assert np.allclose(mine[i].reshape(its.gradient.shape), its.gradient, atol=1e-12)


def test_the_gradient_is_what_central_differences_measure():
    w, h = moved([5, 8, 4]), 1e-6
    for k, slope in enumerate(gradient(w, X, Y)):
        for place in np.ndindex(w[k].shape[1:]):
            ends = []
            for sign in (1, -1):
                near = [array.copy() for array in w]
                near[k][(slice(None), *place)] += sign * h
                ends.append(losses(near, X, Y))
            assert np.allclose((ends[0] - ends[1]) / (2 * h), slope[(slice(None), *place)], atol=1e-8)


def test_rows_for_all_nets_count_as_rows_for_each():
    w = moved([5, 8, 4])
    shared = gradient(w, X[0], Y[0])
    each = gradient(w, np.stack([X[0]] * 3), np.stack([Y[0]] * 3))
    assert all(np.allclose(a, b) for a, b in zip(shared, each, strict=True))
    scores = np.log(probabilities(w, X[0])).reshape(-1, 4)
    one_by_one = cross_entropy(np.tile(Y[0], 3), scores).reshape(3, 6)
    assert np.allclose(losses(w, X[0], Y[0]), one_by_one.mean(axis=1))


def test_starts_are_those_of_single_nets_and_keep_their_precision():
    w = starts([5, 8, 4], seeds=3, gain=2.0)
    single = initial_weights([5, 8, 4], np.random.default_rng(2))
    assert np.array_equal(w[0][2], 2 * single[0]) and np.array_equal(w[2][2], 2 * single[2]) and not w[1].any()
    light = gradient([array.astype("float32") for array in w], X.astype("float32"), Y)
    assert {array.dtype for array in light} == {np.dtype("float32")}


def test_orders_mix_all_rows_anew_in_each_epoch_and_for_each_seed():
    rows = orders(12, batch=4, epochs=2, seeds=3)
    assert rows.shape == (6, 3, 4)
    epochs = [rows[e * 3 : e * 3 + 3, s].ravel() for s in range(3) for e in range(2)]
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 6
    assert np.array_equal(rows, orders(12, batch=4, epochs=2, seeds=3))


@pytest.mark.parametrize(
    "ask, message",
    [
        (lambda: gradient(moved([5, 4]), X, Y, "selu"), "'tanh' or 'relu', got 'selu'"),
        (lambda: losses(moved([5, 4]), X, Y + 1), "label"),
        (lambda: orders(12, batch=13, epochs=1, seeds=1), "1 to 12 of the 12 rows, got batch=13"),
        (lambda: orders(12, batch=0, epochs=1, seeds=1), "got batch=0"),
    ],
)
def test_what_cannot_be_computed_is_refused(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()
