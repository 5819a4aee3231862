"""Gradient noise against closed forms, every possible batch, and random batches."""

from itertools import combinations, product

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.curvature.gradient_noise import ExampleGradients, gradient_noise, noise_of_two_batches


def gradients_of(seed=0, n=6, p=4):
    return np.random.default_rng(seed).normal(size=(n, p)) + 0.5


def mean_squared_distance(gradients, batches):
    return np.mean([((gradients[list(rows)].mean(axis=0) - gradients.mean(axis=0)) ** 2).sum() for rows in batches])


def squared_error(weights, x, y):
    return ops.mean((ops.matmul(x, weights[0]) + weights[1] - y) ** 2)


def test_least_squares_gradients_have_their_closed_form():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(9, 3)).astype("float32"), rng.normal(size=9).astype("float32")
    w, b = rng.normal(size=3).astype("float32"), np.float32(0.3)
    gradients = ExampleGradients(squared_error)
    error = 2 * (x @ w + b - y)
    np.testing.assert_allclose(gradients([w, b], x, y), np.c_[error[:, None] * x, error], rtol=1e-5, atol=1e-5)
    moved = gradients([w + 1, b], x, y)  # compiled once, used at other weights
    error = 2 * (x @ (w + 1) + b - y)
    np.testing.assert_allclose(moved, np.c_[error[:, None] * x, error], rtol=1e-5, atol=1e-5)


def test_their_mean_is_the_gradient_of_the_mean_loss_of_a_network():
    rng = np.random.default_rng(2)
    weights = [rng.normal(size=shape).astype("float32") for shape in ((5, 4), (4,), (4, 3), (3,))]
    x, y = rng.normal(size=(8, 5)).astype("float32"), rng.integers(3, size=8)

    def loss(w, x, y):
        z = ops.matmul(ops.tanh(ops.matmul(x, w[0]) + w[1]), w[2]) + w[3]
        return ops.mean(keras.losses.sparse_categorical_crossentropy(y, z, from_logits=True))

    noise = gradient_noise(ExampleGradients(loss)(weights, x, y))
    step, flat = 1e-2, np.concatenate([w.ravel() for w in weights])
    direction = rng.normal(size=len(flat))

    def moved(size):
        parts = np.split((flat + size * direction).astype("float32"), np.cumsum([w.size for w in weights])[:-1])
        shaped = [p.reshape(w.shape) for p, w in zip(parts, weights, strict=True)]
        return float(loss([ops.convert_to_tensor(part) for part in shaped], x, y))

    assert noise.mean @ direction == pytest.approx((moved(step) - moved(-step)) / (2 * step), rel=1e-2)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_the_law_holds_over_all_batches_there_are(size):
    gradients = gradients_of()
    noise = gradient_noise(gradients)
    without = mean_squared_distance(gradients, combinations(range(6), size))
    assert noise.squared_error(size) == pytest.approx(without, rel=1e-10, abs=1e-12)
    if size <= 5:
        again = mean_squared_distance(gradients, product(range(6), repeat=size))
        assert noise.squared_error(size, replace=True) == pytest.approx(again, rel=1e-10)


def test_at_the_noise_scale_noise_and_gradient_are_equally_long():
    noise = gradient_noise(gradients_of(n=50))
    assert noise.squared_error(noise.scale, replace=True) == pytest.approx(noise.mean @ noise.mean)


def test_without_a_gradient_the_scale_is_infinite_and_without_noise_it_is_zero():
    assert gradient_noise(np.array([[1.0], [-1.0]])).scale == np.inf
    assert gradient_noise(np.ones((3, 2))).scale == 0.0
    assert gradient_noise(np.ones((1, 2))).squared_error(1) == 0.0


def test_two_batch_sizes_tell_the_same():
    gradients = gradients_of(n=6)
    noise = gradient_noise(gradients)
    lengths = {
        size: [(gradients[list(rows)].mean(axis=0) ** 2).sum() for rows in product(range(6), repeat=size)]
        for size in (2, 5)
    }
    squared, variance, scale = noise_of_two_batches(2, lengths[2], 5, lengths[5])
    np.testing.assert_allclose([squared, variance, scale], [noise.mean @ noise.mean, noise.variance, noise.scale])
    assert noise_of_two_batches(1, 2.0, 4, 0.4)[2] == np.inf  # an estimate of |G|^2 below 0


def test_float32_gradients_far_from_zero_are_averaged_in_float64():
    gradients = (gradients_of(n=200) + 1e5).astype("float32")
    noise, exact = gradient_noise(gradients), gradients.astype("float64")
    np.testing.assert_allclose(noise.mean, exact.mean(axis=0), rtol=1e-12)
    assert noise.variance == pytest.approx(((exact - exact.mean(axis=0)) ** 2).sum(axis=1).mean(), rel=1e-9)


@pytest.mark.parametrize("bad", [np.ones(3), np.ones((0, 2)), np.array([[np.nan, 1.0]]), np.array([[np.inf]])])
def test_gradients_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match=r"gradients must be finite and of shape \(n, p\)"):
        gradient_noise(bad)


@pytest.mark.parametrize("size", [0, 7])
def test_sizes_that_no_batch_has_are_refused(size):
    with pytest.raises(ValueError, match=f"from 1 to 6, got size={size}"):
        gradient_noise(gradients_of()).squared_error(size)


@pytest.mark.parametrize("small, big", [(0, 4), (4, 4), (8, 4)])
def test_two_sizes_must_differ(small, big):
    with pytest.raises(ValueError, match="1 <= small < big"):
        noise_of_two_batches(small, 1.0, big, 1.0)


def test_rows_that_do_not_fit_are_refused():
    gradients = ExampleGradients(squared_error)
    w = [np.ones(2, "float32"), np.float32(0)]
    for x, y in ((np.ones((3, 2)), np.ones(2)), (np.ones((0, 2)), np.ones(0))):
        with pytest.raises(ValueError, match="as many x as y"):
            gradients(w, x, y)
