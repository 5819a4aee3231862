"""The multi-layer perceptron: shapes, start, gradients, training; its Keras twin is in tests/numeric."""

import numpy as np
import pytest

from dlcourse.scratch.autograd import Value
from dlcourse.scratch.gradient_check import gradient_check
from dlcourse.scratch.mlp import MLP, initial_weights, mean_squared_error, train
from dlcourse.scratch.samples import batches

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])


def test_scores_are_those_of_the_formula():
    rng = np.random.default_rng(0)
    w1, b1, w2, b2 = weights = [rng.normal(size=shape) for shape in ((3, 5), 5, (5, 2), 2)]
    x = rng.normal(size=(4, 3))
    np.testing.assert_allclose(MLP(weights, "tanh")(x).data, np.tanh(x @ w1 + b1) @ w2 + b2, rtol=1e-13)
    np.testing.assert_allclose(MLP(weights)(x).data, np.maximum(x @ w1 + b1, 0) @ w2 + b2, rtol=1e-13)
    np.testing.assert_allclose(MLP(weights[:2])(x).data, x @ w1 + b1, rtol=1e-13)
    deep = MLP([w1, b1, w2, b2, np.ones((2, 1)), np.zeros(1)], "sigmoid")(Value(x))
    assert deep.data.shape == (4, 1) and deep.name == "z3"


def test_the_start_is_that_of_a_keras_dense_layer():
    weights = initial_weights((300, 200, 10), np.random.default_rng(1))
    assert [w.shape for w in weights] == [(300, 200), (200,), (200, 10), (10,)]
    limit = np.sqrt(6 / 500)
    assert np.abs(weights[0]).max() <= limit and weights[0].std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
    assert not weights[1].any() and not weights[3].any()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_gradients_of_three_layers(activation):
    rng = np.random.default_rng(2)
    arrays = [w + 0.1 * rng.normal(size=w.shape) for w in initial_weights((4, 6, 5, 3), rng)]
    x, y, t = rng.normal(size=(7, 4)), rng.integers(3, size=7), rng.normal(size=(7, 3))

    def loss(*weights):
        model = MLP([w.data for w in weights], activation)
        model.weights[:], model.layers = weights, list(zip(weights[::2], weights[1::2], strict=True))
        return model(x).softmax_cross_entropy(y) + mean_squared_error(model(x), t)

    assert max(gradient_check(loss, arrays)) < 1e-6


def test_training_goes_down_the_slope_and_leaves_the_given_weights():
    rng = np.random.default_rng(3)
    weights = initial_weights((2, 8, 2), rng)
    kept = [w.copy() for w in weights]
    model = MLP(weights, "tanh")
    losses = train(model, SQUARE, XOR, batches(4, epochs=500), rate=1.0)
    assert losses.shape == (500,) and losses[0] > 0.5 and losses[-1] < 0.05
    assert (model(SQUARE).data.argmax(axis=1) == XOR).all()
    assert all(np.array_equal(a, b) for a, b in zip(weights, kept, strict=True))


def test_a_step_is_minus_rate_times_gradient_also_for_another_loss():
    rng = np.random.default_rng(4)
    weights, x, t = initial_weights((2, 3, 1), rng), rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    model, twin = MLP(weights, "tanh"), MLP(weights, "tanh")
    (loss,) = train(model, x, t, [slice(None)], rate=0.1, loss=mean_squared_error)
    outcome = ((twin(x) - t) ** 2).sum() / 6
    outcome.backward()
    assert loss == pytest.approx(float(outcome.data))
    for moved, still in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_allclose(moved.data, still.data - 0.1 * still.gradient, rtol=1e-12)


def test_float32_stays_float32():
    model = MLP([w.astype("float32") for w in initial_weights((2, 3, 2), np.random.default_rng(5))])
    train(model, SQUARE.astype("float32"), XOR, batches(4, epochs=2), rate=0.1)
    assert {w.data.dtype for w in model.weights} == {np.dtype("float32")}


def test_what_does_not_fit_is_refused():
    ok = initial_weights((2, 3, 1), np.random.default_rng(6))
    for bad in (ok[:3], [], ok[:1], [ok[0], ok[3]], [*ok[:2], *ok[:2]], [ok[1], ok[1]]):
        with pytest.raises(ValueError, match=r"weights must be W1 \(d, h\), b1 \(h,\).* got \["):
            MLP(bad)
    for bad in ("swish2", "data", "name"):
        with pytest.raises(ValueError, match="activation names a method of Value, got"):
            MLP(ok, bad)
    with pytest.raises(ValueError, match=r"outputs \(4, 1\) and targets \(4,\).*y\[:, None\]"):
        mean_squared_error(MLP(ok)(SQUARE), np.zeros(4))
    with pytest.raises(ValueError, match=r"\(4, 5\) @ \(2, 3\) does not fit"):
        MLP(ok)(np.zeros((4, 5)))
