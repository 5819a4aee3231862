"""Fans, the failures that are promised, and LSUV: variance 1 in every layer, checked from outside."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import kstest

from dlcourse.initializers import FanInUniform, MisreadGlorot, failures, fans, lsuv
from tests.contracts.backends import numpy

X = np.random.default_rng(0).normal(size=(150, 12)).astype("float32")


def mlp(activation="tanh", depth=4, **how):
    return keras.Sequential([keras.Input((12,))] + [layers.Dense(12, activation, **how) for _ in range(depth)])


def pre_activations(model, x):
    """z of each Dense layer of a Sequential model, by NumPy and the layer's own activation."""
    found = []
    for layer in model.layers:
        kernel, bias = (w.astype(float) for w in layer.get_weights())
        found.append(x @ kernel + bias)
        x = numpy(layer.activation(keras.ops.convert_to_tensor(found[-1], "float32"))).astype(float)
    return found


@pytest.mark.parametrize(
    "shape, expected",
    [((), (1, 1)), ((7,), (7, 7)), ((300, 100), (300, 100)), ((5, 4, 6), (20, 30)), ((3, 3, 32, 64), (288, 576)),
     ((2, 3, 4, 5, 6), (120, 144)), (np.array([8, 2]), (8, 2)), ((0, 3), (0, 3))],
)  # fmt: skip
def test_fans_count_the_window(shape, expected):
    assert fans(shape) == expected


def test_fans_are_those_that_keras_draws_by():
    for shape in ((300, 100), (3, 3, 32, 64), (5, 40, 120)):
        for mode, n in zip(("fan_in", "fan_out"), fans(shape), strict=True):
            drawn = numpy(keras.initializers.VarianceScaling(1.0, mode, "uniform", seed=1)(shape))
            assert 0.99 < np.abs(drawn).max() / np.sqrt(3 / n) <= 1 + 1e-6


@pytest.mark.parametrize("shape", [5, "ab", (3, -1), (2.5, 3), (None, 4), [[1, 2], [3, 4]]])
def test_fans_of_no_shape_are_refused(shape):
    with pytest.raises(ValueError, match="fans counts by the shape of a kernel, got"):
        fans(shape)


def test_the_two_classes_have_the_distribution_they_say():
    uniform, normal = numpy(FanInUniform(seed=3)((400, 50))), numpy(MisreadGlorot(seed=3)((150, 50)))
    assert kstest(uniform.ravel(), "uniform", args=(-0.05, 0.1)).pvalue > 0.01
    assert kstest(normal.ravel(), "norm", args=(0, 0.01)).pvalue > 0.01
    same = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=3)((400, 50))
    assert np.array_equal(uniform, numpy(same)), "Keras can say it too, in three arguments"


def test_fan_in_uniform_takes_the_axes_of_keras():
    drawn = numpy(FanInUniform(seed=0, input_axes=[0], output_axes=[1, 2])((10, 40, 50)))
    assert 0.99 < np.abs(drawn).max() * np.sqrt(10) <= 1 + 1e-6


def test_failures_fail_as_the_table_says():
    drawn = {name: [numpy(how((80, 60))).astype(float) for _ in range(2)] for name, how in failures(seed=1).items()}
    assert not np.any(drawn["zero"]) and np.allclose(drawn["constant"], 0.05)
    assert drawn["negative"][0].max() <= 0 and drawn["negative"][0].min() < -0.09
    sizes = {name: pair[0].std() for name, pair in drawn.items()}
    for name, sd in (("too small", 0.01), ("naive normal", 1.0), ("Glorot misread", 2 / 140)):
        assert sizes[name] == pytest.approx(sd, rel=0.05), name
    assert np.array_equal(*drawn["one for all"]) and sizes["one for all"] == pytest.approx(np.sqrt(2 / 140), rel=0.05)
    for name in ("negative", "too small", "naive normal", "Glorot misread"):
        assert not np.array_equal(*drawn[name]), f"{name}: a second layer draws anew"
    again = failures(seed=1)
    assert all(np.array_equal(numpy(again[name]((80, 60))), pair[0]) for name, pair in drawn.items())


@pytest.mark.parametrize("seed", ["0", 1.5, True])
def test_failures_take_a_whole_number_or_none(seed):
    with pytest.raises(ValueError, match="an int or None"):
        failures(seed)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "sigmoid", None])
def test_lsuv_gives_every_layer_variance_1(activation):
    model = mlp(activation, kernel_initializer="he_normal")
    started = [z.var() for z in pre_activations(model, X)]
    table = lsuv(model, X, tolerance=1e-3)
    variances = [z.var() for z in pre_activations(model, X)]
    np.testing.assert_allclose(variances, 1, atol=1e-3)
    np.testing.assert_allclose(table.after, variances, rtol=1e-4)
    np.testing.assert_allclose(table.before, started, rtol=1e-3)
    assert (table.steps <= 1).all() and table.layer.tolist() == [layer.name for layer in model.layers]
    for gain, layer in zip(table.gain, model.layers, strict=True):
        kernel = numpy(layer.kernel) / gain
        np.testing.assert_allclose(kernel.T @ kernel, np.eye(12), atol=1e-5)


def test_lsuv_is_the_algorithm_of_the_paper_step_by_step():
    model, w = mlp("relu"), np.random.default_rng(2).normal(size=(12, 12))
    layer = model.layers[0]
    layer.set_weights([w, np.linspace(-0.8, 0.8, 12)])
    bias, steps = numpy(layer.bias).astype(float), 0
    while abs((X @ w + bias).var() - 1) >= 0.001:
        w, steps = w / (X @ w + bias).std(), steps + 1
    table = lsuv(model, X, tolerance=0.001, orthonormal=False)
    np.testing.assert_allclose(numpy(layer.kernel), w, rtol=1e-4)
    assert table.steps[0] == steps > 1 and np.array_equal(numpy(layer.bias), bias.astype("float32"))


def test_lsuv_scales_convolutions_branches_and_shared_kernels():
    image = keras.Input((6, 6, 2))
    x = layers.Conv2D(8, 3, activation="relu", name="conv")(image)
    shared = layers.Dense(8, name="shared")
    x = layers.BatchNormalization()(x + shared(shared(x)))
    model = keras.Model(image, layers.Dense(3, "softmax", name="head")(layers.GlobalAveragePooling2D()(x)))
    batch = np.random.default_rng(1).normal(size=(20, 6, 6, 2)).astype("float32")
    table = lsuv(model, batch)
    assert table.layer.tolist() == ["conv", "shared", "head"]
    for inner in ("conv", "shared"):
        source = numpy(keras.Model(image, model.get_layer("conv").output)(batch))
        kernel, bias = (w.astype(float) for w in model.get_layer(inner).get_weights())
        windows = np.lib.stride_tricks.sliding_window_view(batch, (3, 3), axis=(1, 2))
        z = np.einsum("bijcuv,uvcf->bijf", windows, kernel) if inner == "conv" else source @ kernel
        assert abs((z + bias).var() - 1) < 0.02, inner


def test_lsuv_draws_the_same_from_the_same_seed():
    one, two, three = mlp(), mlp(), mlp()
    lsuv(one, X, seed=5), lsuv(two, X, seed=5), lsuv(three, X, seed=6)
    first, same, other = (model.get_weights()[0] for model in (one, two, three))
    assert np.allclose(first, same, rtol=1e-6) and not np.allclose(first, other)


def dead():
    """Its second layer sees nothing but zeros."""
    model = mlp("relu", depth=3)
    model.layers[0].bias.assign(np.full(12, -1e6))
    return model


def stubborn():
    """The spread of its bias alone is over 1: no kernel brings the variance down to 1."""
    model = mlp("relu", depth=3)
    model.layers[1].bias.assign(np.linspace(-9, 9, 12))
    return model


def nested():
    """A model inside the model."""
    return keras.Sequential([keras.Input((12,)), mlp(depth=2)])


def recurrent():
    """What an LSTM gives is bounded, however large its kernel."""
    return keras.Sequential([keras.Input((12,)), layers.Reshape((3, 4)), layers.LSTM(5)])


def frozen():
    model = mlp(depth=1)
    model.layers[0].trainable = False
    return model


@pytest.mark.parametrize(
    "make, message",
    [(dead, r"layer 'dense\w*' is dead.*variance 0"), (stubborn, r"has the variance .* after 10 steps.*bias"),
     (frozen, "no trainable kernel"), (nested, "is a model of its own"), (recurrent, "does not grow as its kernel")],
)  # fmt: skip
def test_lsuv_refuses_what_it_cannot_do_and_leaves_the_model_as_it_was(make, message):
    model = make()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        lsuv(model, X)
    assert all(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    "arguments, message",
    [({"tolerance": 0}, "0 < tolerance < 1"), ({"max_steps": 0}, "max_steps >= 1"), ({"x": X * np.nan}, "x holds NaN"),
     ({"x": X[:, :3]}, r"x has the shapes"), ({"model": keras.Sequential([layers.Dense(3)])}, "is not built")],
)  # fmt: skip
def test_lsuv_refuses_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        lsuv(**{"model": mlp(depth=1), "x": X, **arguments})
