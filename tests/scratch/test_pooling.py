"""Pooling: windows at once against loops, Keras and finite differences."""

import keras
import numpy as np
import pytest

from dlcourse import ops
from dlcourse.scratch.gradient_check import central_differences
from dlcourse.scratch.pooling import average_pool, l2_pool, max_pool
from dlcourse.scratch.pooling_loops import pool_loops

POOLS = {"max": max_pool, "average": average_pool, "l2": l2_pool}
CASES = {
    "2": {"size": 2},
    "3, stride 2 (overlapping)": {"size": 3, "stride": 2},
    "3, same": {"size": 3, "stride": 1, "padding": "same"},
    "3, stride 2, same": {"size": 3, "stride": 2, "padding": "same"},
    "2, stride 3": {"size": 2, "stride": 3},
}
every = pytest.mark.parametrize("kind", POOLS)
each = pytest.mark.parametrize("options", CASES.values(), ids=CASES)


def data(dtype="float32"):
    return np.random.default_rng(0).normal(size=(2, 7, 6, 3)).astype(dtype)


@every
@each
def test_windows_equal_loops_forward_and_backward(kind, options):
    x = data()
    (y, back), (expected, back_loops) = POOLS[kind](x, **options), pool_loops(kind, x, **options)
    assert y.dtype == "float32" and y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    dy = np.random.default_rng(1).normal(size=y.shape).astype("float32")
    np.testing.assert_allclose(back(dy), back_loops(dy), rtol=1e-5, atol=1e-6)


@every
@each
def test_gradients_agree_with_central_differences_in_float64(kind, options):
    x = data("float64")[:1, ..., :1]
    y, backward = POOLS[kind](x, **options)
    dy = np.random.default_rng(2).normal(size=y.shape)
    numeric = central_differences(lambda x: (POOLS[kind](x, **options)[0] * dy).sum(), [x], step=1e-6)[0]
    np.testing.assert_allclose(backward(dy), numeric, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ["max", "average"])
@each
def test_they_equal_keras_forward_and_backward(kind, options):
    x = data()
    y, backward = POOLS[kind](x, **options)
    pool = {"max": keras.ops.max_pool, "average": keras.ops.average_pool}[kind]

    def peer(inputs):
        return pool(inputs[0], options["size"], options.get("stride"), options.get("padding", "valid"))

    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(peer([keras.ops.array(x)])), rtol=1e-5, atol=1e-6)
    dy = np.random.default_rng(3).normal(size=y.shape).astype("float32")
    _, (slope,) = ops.vjp(peer, [x], dy)
    np.testing.assert_allclose(backward(dy), keras.ops.convert_to_numpy(slope), rtol=1e-5, atol=1e-6)


def test_one_and_three_dimensions():
    x = np.random.default_rng(4).normal(size=(1, 4, 6, 2, 3))
    assert np.allclose(max_pool(x, 2)[0], x.reshape(1, 2, 2, 3, 2, 1, 2, 3).max((2, 4, 6)))
    assert np.allclose(average_pool(x[:, :, 0, 0], 2)[0], x[:, :, 0, 0].reshape(1, 2, 2, 3).mean(2))
    assert np.allclose(l2_pool(x, (4, 6, 2))[0], np.sqrt((x**2).sum((1, 2, 3), keepdims=True)))


def test_constant_images_and_ties():
    x = np.full((1, 3, 3, 1), -2.0)
    assert (max_pool(x, 3, 1, "same")[0] == -2).all(), "a zero of the padding is not the largest"
    assert (average_pool(x, 3, 1, "same")[0] == -2).all(), "a zero of the padding is not averaged"
    assert l2_pool(x, 2, 1)[0].ravel().tolist() == [4.0] * 4
    assert max_pool(x, 3)[1](np.ones((1, 1, 1, 1))).ravel().tolist() == [1] + [0] * 8
    assert l2_pool(0 * x, 3)[1](np.ones((1, 1, 1, 1))).ravel().tolist() == [0] * 9


def test_nan_stays_nan():
    x = data()
    x[0, 0, 0, 0] = np.nan
    for pool in POOLS.values():
        y, _ = pool(x, 2)
        assert np.isnan(y[0, 0, 0, 0]) and np.isfinite(y).sum() == y.size - 1


@every
@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((6, 6), {"size": 2}, r"at least three axes and padding 'valid' or 'same', got the shape \(6, 6\)"),
        ((1, 6, 6, 1), {"size": 2, "padding": "full"}, "padding 'full'"),
        ((1, 6, 6, 1), {"size": 7}, "spans 7 does not fit into 6"),
        ((1, 6, 6, 1), {"size": 0}, "size must be a whole number from 1 up"),
        ((1, 6, 6, 1), {"size": 2, "stride": (1, 1, 1)}, "stride must be .* one for each of 2 axes"),
    ],
)
def test_what_does_not_fit_is_refused(kind, shape, options, message):
    with pytest.raises(ValueError, match=message):
        POOLS[kind](np.ones(shape), **options)
