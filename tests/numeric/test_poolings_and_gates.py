"""Gates, shortcuts, transposed convolutions and poolings: limits, peers and frequencies."""

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.initializers import Bilinear
from dlcourse.layers import (
    BilinearConv2DTranspose,
    L2Pooling2D,
    ScaledResidual,
    SpatialPyramidPooling2D,
    SqueezeExcite,
    StochasticPooling2D,
)
from dlcourse.ops.autodiff import value_and_grad
from dlcourse.ops.windows import pooled_size, windows
from tests.contracts.backends import numpy
from tests.contracts.checks_shared import assert_close, clone


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def gradient(function, x):
    return numpy(value_and_grad(lambda arrays: ops.sum(function(arrays[0])), [x])[1][0])


def test_a_gate_without_weights_halves_everything():
    layer, x = SqueezeExcite(ratio=2, kernel_initializer="zeros"), normal(2, 3, 3, 4)
    assert_close(numpy(layer(x)), x / 2)


def test_the_squeeze_is_the_mean_and_not_the_maximum():
    layer, x = SqueezeExcite(ratio=2), np.abs(normal(1, 4, 4, 4))
    gates = numpy(layer(x)) / x
    assert_close(gates, np.broadcast_to(gates[:, :1, :1], x.shape))  # one gate a channel, at all places
    spread = np.broadcast_to(x.mean(axis=(1, 2), keepdims=True), x.shape)
    assert_close(numpy(layer(spread)) / spread, gates)  # the same means, other maxima


@pytest.mark.parametrize(("options", "units"), [({}, 2), ({"ratio": 64}, 1), ({"units": 5}, 5), ({"ratio": 3}, 10)])
def test_the_hidden_layer_is_as_wide_as_told(options, units):
    layer = SqueezeExcite(**options)
    layer.build((None, 4, 4, 32))
    assert layer.squeeze.units == units and layer.count_params() == 32 * units + units + units * 32 + 32


def test_the_two_kernels_of_a_gate_differ():
    layer = SqueezeExcite(units=4, kernel_initializer=keras.initializers.HeNormal())
    layer.build((None, 3, 3, 4))
    assert np.abs(numpy(layer.squeeze.kernel) - numpy(layer.excite.kernel)).max() > 0


def test_a_scaled_residual_of_one_is_a_sum_and_of_zero_a_shortcut():
    x, r = normal(2, 3, 3, 2), normal(2, 3, 3, 2, seed=1)
    assert_close(numpy(ScaledResidual(1)(x, r)), numpy(keras.layers.Add()([x, r])))
    assert_close(numpy(ScaledResidual(0)(x, r)), x)


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_bilinear_weights_are_the_interpolation_of_keras(factor):
    x = normal(2, 5, 4, 3)
    layer = BilinearConv2DTranspose(3, factor=factor)
    wanted = numpy(ops.image.resize(x, (5 * factor, 4 * factor), "bilinear", data_format="channels_last"))
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")  # as resize sees the border
    assert_close(numpy(layer(padded))[:, factor:-factor, factor:-factor], wanted)
    inner = slice(factor // 2, -(factor // 2) or None)
    assert_close(numpy(layer(x))[:, inner, inner], wanted[:, inner, inner])
    assert (np.abs(numpy(layer(x))[:, 0] - wanted[:, 0]).max() > 0.01) == (factor > 1)  # the border fades


def test_a_bilinear_layer_learns_unless_it_is_frozen():
    for trainable in (True, False):
        layer = BilinearConv2DTranspose(2, factor=2, trainable=trainable)
        model = keras.Sequential([keras.Input((3, 3, 2)), layer])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        before = numpy(layer.kernel).copy()
        model.train_on_batch(normal(2, 3, 3, 2), normal(2, 6, 6, 2))
        assert (np.abs(numpy(layer.kernel) - before).max() > 0) == trainable
        assert clone(layer).trainable == trainable


def test_bilinear_weights_come_back_from_a_configuration_and_in_any_type():
    for dtype in ("float32", "float16", "bfloat16"):
        kernel = clone(Bilinear())((3, 4, 2, 2), dtype)
        assert keras.backend.standardize_dtype(kernel.dtype) == dtype
    kernel = numpy(Bilinear()((3, 4, 2, 2)))
    assert_close(kernel[:, :, 1, 1], np.outer([0.5, 1, 0.5], [0.25, 0.75, 0.75, 0.25]))
    assert not kernel[:, :, 0, 1].any() and not kernel[:, :, 1, 0].any()


def test_l2_pooling_is_the_norm_and_blind_to_the_sign():
    x = normal(2, 4, 6, 3)
    cells = x.reshape(2, 2, 2, 3, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(2, 2, 3, 4, 3)
    assert_close(numpy(L2Pooling2D()(x)), np.linalg.norm(cells, axis=3))
    np.testing.assert_array_equal(numpy(L2Pooling2D()(-np.abs(x))), numpy(L2Pooling2D()(x)))


def test_l2_pooling_of_zeros_has_no_slope_and_else_that_of_a_norm():
    x = np.zeros((1, 2, 4, 1), "float32")
    x[0, :, 2:, 0] = [[3, 0], [0, -4]]
    assert_close(gradient(L2Pooling2D(), x)[0, :, :, 0], [[0, 0, 0.6, 0], [0, 0, 0, -0.8]])


def test_l2_pooling_does_not_overflow_in_half_precision():
    y = L2Pooling2D(dtype="mixed_float16")(np.full((1, 2, 2, 1), 1000.0))
    assert float(ops.cast(y, "float32")[0, 0, 0, 0]) == 2000.0


def test_stochastic_pooling_draws_by_size():
    share = np.array([0.1, 0.0, 0.2, 0.7], "float32")
    x = np.broadcast_to(10 * share.reshape(1, 2, 2, 1), (1, 2, 2, 20000))  # each channel draws for itself
    drawn = numpy(StochasticPooling2D(seed=0)(x, training=True)).ravel()
    for p in share:
        found = np.isclose(drawn, 10 * p).mean()
        assert abs(found - p) <= 4 * np.sqrt(p * (1 - p) / drawn.size), f"{p} was drawn in {found} of the cases"
    mean = numpy(StochasticPooling2D()(x)).ravel()
    assert_close(mean, np.full(20000, 5.4), rtol=1e-5)
    assert abs(drawn.mean() - 5.4) < 4 * drawn.std() / np.sqrt(drawn.size)


def test_stochastic_pooling_passes_the_gradient_to_what_it_drew():
    layer, x = StochasticPooling2D(seed=1), np.abs(normal(1, 2, 2, 50)) + 0.1
    slope = gradient(lambda x: layer(x, training=True), x)
    assert set(np.unique(slope)) == {0.0, 1.0} and (slope.sum(axis=(1, 2)) == 1).all()


def test_stochastic_pooling_of_nothing_positive_is_zero():
    x = -np.abs(normal(1, 4, 4, 2))
    for training in (False, True):
        y = numpy(StochasticPooling2D(seed=1)(x, training=training))
        assert not y.any() and y.shape == (1, 2, 2, 2)
    assert not gradient(StochasticPooling2D(), x).any()


def test_stochastic_pooling_repeats_with_its_seed_and_not_within_a_run():
    x = np.abs(normal(2, 6, 6, 3))
    first, again, other = (StochasticPooling2D(seed=seed) for seed in (1, 1, 2))
    a, b, c, d = (numpy(layer(x, training=True)) for layer in (first, again, other, first))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any() and (a != d).any()


def test_a_pyramid_makes_one_length_of_every_image():
    image = keras.Input((None, None, 2))
    model = keras.Model(image, SpatialPyramidPooling2D((3, 1))(image))
    for shape in ((1, 3, 5, 2), (1, 8, 7, 2), (1, 1, 2, 2)):
        x = normal(*shape)
        y = numpy(model(x))
        assert y.shape == (1, 20)
        assert_close(y[:, 18:], x.max(axis=(1, 2)))  # level 1 is global pooling


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_level_is_adaptive_pooling_of_keras(kind):
    x = normal(2, 7, 5, 3)
    peer = {"max": keras.layers.AdaptiveMaxPooling2D, "average": keras.layers.AdaptiveAveragePooling2D}[kind]
    assert_close(numpy(SpatialPyramidPooling2D(3, kind)(x)), numpy(peer(3)(x)).reshape(2, -1))


def test_windows_are_cut_as_keras_pools():
    x = normal(2, 7, 6, 2)
    for padding in ("valid", "same"):
        cells = numpy(windows(np.abs(x), (3, 2), (2, 3), padding))  # zeros at the border are never the largest
        peer = keras.layers.MaxPooling2D((3, 2), (2, 3), padding)(np.abs(x))
        assert_close(cells.max(axis=3), numpy(peer))
        assert cells.shape[1:3] == (pooled_size(7, 3, 2, padding), pooled_size(6, 2, 3, padding))
