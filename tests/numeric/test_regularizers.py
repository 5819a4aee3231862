"""What the regularizers are for: groups, angles and ranks really go down; limits and peers."""

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.ops import value_and_grad
from dlcourse.regularizers import GroupLasso, Orthogonality, TraceNorm
from tests.contracts.backends import numpy


def weights(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def gradient(penalty, w):
    return numpy(value_and_grad(lambda p: penalty(p[0]), [np.asarray(w, "float32")])[1][0])


def descend(penalty, w, rate, steps):
    for _ in range(steps):
        w = w - rate * gradient(penalty, w)
    return w


def test_groups_of_one_weight_are_l1():
    w = weights(4, 3)
    np.testing.assert_allclose(float(GroupLasso(0.3, axis=(0, 1))(w)), float(keras.regularizers.L1(0.3)(w)), rtol=1e-6)


def test_group_gradients_point_along_their_group_and_vanish_in_an_empty_one():
    w = weights(4, 3)
    w[:, 1] = 0
    found = gradient(GroupLasso(0.5), w)
    np.testing.assert_array_equal(found[:, 1], 0)
    np.testing.assert_allclose(found[:, 0], 0.5 * 2 * w[:, 0] / np.linalg.norm(w[:, 0]), rtol=1e-5)


@pytest.mark.parametrize("size", [1e-25, 1e25])
def test_group_lengths_neither_overflow_nor_underflow(size):
    w = np.full((4, 3), size, "float32")
    assert float(GroupLasso(1.0)(w)) == pytest.approx(3 * 4 * size, rel=1e-5)
    np.testing.assert_allclose(gradient(GroupLasso(1.0), w), 1.0, rtol=1e-5)


def test_group_lasso_empties_the_row_of_a_useless_input():
    """Two outputs of x0 and x1; x2 is noise to both. Its row ends near 0 as a whole, the others do not."""
    x = weights(200, 3).astype(np.float64)
    y = x @ np.array([[1.0, 1.0], [1.0, -1.0], [0.0, 0.0]]) + 0.3 * weights(200, 2, seed=1)
    w, penalty = np.full((3, 2), 0.3), GroupLasso(0.1, axis=0)
    for _ in range(80):
        w = w - 0.05 * (2 * x.T @ (x @ w - y) / len(x) + gradient(penalty, w))
    lengths = np.linalg.norm(w, axis=1)
    assert lengths[2] < 0.02 and lengths[:2].min() > 0.5, lengths


def test_rows_and_columns_of_a_wide_kernel_differ_by_a_constant_only():
    w = weights(3, 5)
    tall, wide = (float(np.sum((g - np.eye(len(g))) ** 2)) for g in (w.T @ w, w @ w.T))
    assert float(Orthogonality(1.0)(w)) == pytest.approx(wide, rel=1e-5)
    assert tall - wide == pytest.approx(5 - 3, rel=1e-4)
    np.testing.assert_allclose(gradient(Orthogonality(1.0), w), 4 * w @ (w.T @ w - np.eye(5)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 3, 2, 4)])
def test_descent_makes_weights_orthonormal(shape):
    w = descend(Orthogonality(1.0), 0.4 * weights(*shape), 0.05, 150)
    values = np.linalg.svd(w.reshape(-1, shape[-1]), compute_uv=False)
    np.testing.assert_allclose(values, 1.0, atol=1e-3)


def test_for_two_unit_columns_it_is_twice_the_square_of_keras():
    w = weights(5, 2)
    w /= np.linalg.norm(w, axis=0)
    theirs = float(keras.regularizers.OrthogonalRegularizer(1.0, mode="columns")(ops.convert_to_tensor(w)))
    assert float(Orthogonality(1.0)(w)) == pytest.approx(2 * theirs**2, rel=1e-4)


def test_keras_leaves_lengths_free_and_ours_does_not():
    w = 3.0 * np.eye(4, dtype="float32")
    assert float(keras.regularizers.OrthogonalRegularizer(1.0)(ops.convert_to_tensor(w))) == pytest.approx(
        0.0, abs=1e-6
    )
    assert float(Orthogonality(1.0)(w)) == pytest.approx(4 * 8.0**2)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 3, 2, 4)])
def test_trace_norm_and_its_slope_equal_numpy(shape):
    w = weights(*shape)
    u, s, vh = np.linalg.svd(w.reshape(-1, shape[-1]).astype(np.float64), full_matrices=False)
    assert float(TraceNorm(0.5)(w)) == pytest.approx(0.5 * s.sum(), rel=1e-5)
    np.testing.assert_allclose(gradient(TraceNorm(0.5), w).reshape(-1, shape[-1]), 0.5 * u @ vh, atol=1e-5)


def test_trace_norm_at_repeated_and_zero_singular_values():
    """At an orthonormal matrix the slope is that matrix; in directions without weight it is 0."""
    orthonormal = np.linalg.qr(weights(5, 3))[0]
    np.testing.assert_allclose(gradient(TraceNorm(1.0), orthonormal), orthonormal, atol=1e-5)
    u, v = orthonormal[:, :1], np.linalg.qr(weights(3, 3, seed=1))[0][:, :1]
    np.testing.assert_allclose(gradient(TraceNorm(1.0), 7.0 * u @ v.T), u @ v.T, atol=1e-5)
    np.testing.assert_array_equal(gradient(TraceNorm(1.0), np.zeros((5, 3))), 0.0)


def test_trace_norm_shrinks_every_singular_value_alike_and_so_lowers_the_rank():
    u, v = np.linalg.qr(weights(6, 4))[0], np.linalg.qr(weights(4, 4, seed=1))[0]
    w = (u * [2.0, 1.5, 0.4, 0.1]) @ v.T
    after = np.linalg.svd(descend(TraceNorm(1.0), w, 0.03, 20), compute_uv=False)
    np.testing.assert_allclose(after[:2], [1.4, 0.9], atol=1e-3)
    assert (after[2:] <= 0.031).all(), "what reaches 0 stays within one step of it"


def test_regularizers_are_found_by_name_of_their_package():
    for penalty in (GroupLasso(0.5, axis=[0, 1]), Orthogonality(0.5), TraceNorm(0.5)):
        back = keras.regularizers.get(keras.regularizers.serialize(penalty))
        assert type(back) is type(penalty) and back.get_config() == penalty.get_config()
        assert float(back(ops.ones((3, 2)))) == float(penalty(ops.ones((3, 2))))
