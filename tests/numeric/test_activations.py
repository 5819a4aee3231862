"""Activations: values, slopes, kinks, extremes, and what the table says of them, on every backend."""

from functools import cache

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import erf, expit
from scipy.special import softmax as exact_softmax

from dlcourse.activations import activation, prelu, step, table
from dlcourse.ops import jvp, value_and_grad, vjp
from tests.contracts.backends import compiled, numpy

TABLE = table()
NAMES = list(TABLE.index)
POINTWISE = [name for name in NAMES if name != "softmax"]
KINKS = np.array([0.0, -0.0, 6.0, -3.0, 3.0], "float32")
LARGEST = {"float16": 65504.0, "bfloat16": 3.3895e38, "float32": 3.4028e38}

EXACT = {  # float64, straight from the definitions
    "step": lambda x: (x >= 0) * 1.0,
    "linear": lambda x: x,
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.maximum(x, 0.2 * x),
    "prelu": lambda x: np.maximum(x, 0.25 * x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "silu": lambda x: x * expit(x),
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    "softplus": lambda x: np.logaddexp(0, x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
}
PEERS = {
    **{name: name for name in ("linear", "sigmoid", "tanh", "softmax", "relu", "leaky_relu", "relu6", "elu", "silu")},
    **{name: name for name in ("hard_swish", "gelu", "softplus", "mish")},
    "gelu_tanh": lambda x: keras.activations.gelu(x, approximate=True),
    "prelu": lambda x: keras.layers.PReLU(keras.initializers.Constant(0.25))(x),
}


GRID = np.linspace(-7.93, 7.91, 400)  # off every kink by more than the step of the differences
EXTREMES = np.array([-1e4, -100, -41, -12, -1, 0, 1, 12, 41, 100, 1e4])
PARTS = {"grid": slice(0, 400), "kinks": slice(400, 405), "extremes": slice(405, None)}
TO_THE_EDGE = pytest.mark.parametrize("dtype", LARGEST)
run = compiled if keras.backend.backend() == "jax" else lambda function: function  # JAX: one compilation for all


@cache
def computed(dtype):
    """{name: [values, slopes, gradients by vjp, tangents by jvp]} as float32 arrays, and the points as float64."""
    x = np.concatenate([GRID, KINKS, [-LARGEST[dtype]], EXTREMES, [LARGEST[dtype]]]).astype("float32")

    def everything(x):
        rows, ones = [activation(name) for name in NAMES], ops.ones_like(x)
        found = [[row.value(x), row.derivative(x)] for row in rows]
        for row, pair in zip(rows, found, strict=True):
            pair.append(vjp(lambda inputs, row=row: row.value(inputs[0]), [x], ones)[1][0])
            pair.append(jvp(lambda inputs, row=row: row.value(inputs[0]), [x], [ones])[1])
        kinds = {keras.backend.standardize_dtype(tensor.dtype) for pair in found for tensor in pair}
        assert kinds == {dtype}
        return [[ops.cast(tensor, "float32") for tensor in [x, *pair]] for pair in found]

    results = run(everything)(ops.cast(ops.convert_to_tensor(x), dtype))
    named = {name: [numpy(tensor) for tensor in pair[1:]] for name, pair in zip(NAMES, results, strict=True)}
    return named, numpy(results[0][0]).astype(float)


@pytest.mark.parametrize("name", POINTWISE)
def test_value_equals_the_definition(name):
    named, x = computed("float32")
    grid = PARTS["grid"]
    np.testing.assert_allclose(named[name][0][grid], EXACT[name](x[grid]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", PEERS)
def test_value_equals_that_of_keras(name):
    x = GRID.astype("float32")
    peer = keras.activations.get(PEERS[name])(ops.convert_to_tensor(x[None]))
    found = numpy(activation(name).value(x[None])) if name == "softmax" else computed("float32")[0][name][0][:400][None]
    np.testing.assert_allclose(found, numpy(peer), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", POINTWISE)
def test_derivative_equals_float64_central_differences(name):
    named, x = computed("float32")
    x, h = x[PARTS["grid"]], 1e-6
    slope = (EXACT[name](x + h) - EXACT[name](x - h)) / (2 * h)
    np.testing.assert_allclose(named[name][1][PARTS["grid"]], slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", POINTWISE)
def test_derivative_equals_what_the_backend_finds(name, part):
    _, slope, gradient, tangent = (found[PARTS[part]] for found in computed("float32")[0][name])
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tangent, slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "name, slopes",
    [
        ("step", [0, 0, 0, 0, 0]),
        ("relu", [0, 0, 1, 0, 1]),
        ("leaky_relu", [0.2, 0.2, 1, 0.2, 1]),
        ("prelu", [0.25, 0.25, 1, 0.25, 1]),
        ("relu6", [0, 0, 0, 0, 1]),
        ("elu", [1, 1, 1, np.exp(-3), 1]),
        ("hard_swish", [0.5, 0.5, 1, 0, 1]),
    ],
)
def test_slopes_at_the_kinks_are_those_documented(name, slopes):
    np.testing.assert_allclose(computed("float32")[0][name][1][PARTS["kinks"]], slopes, rtol=1e-6)


@TO_THE_EDGE
@pytest.mark.parametrize("name", NAMES)
def test_values_slopes_and_gradients_are_finite_up_to_the_largest_float(name, dtype):
    named, x = computed(dtype)
    assert abs(x[-1]) > 0.99 * LARGEST[dtype] and all(np.isfinite(found).all() for found in named[name])


@pytest.mark.parametrize("dtype, near", [("float16", 4e-3), ("bfloat16", 4e-2)])
@pytest.mark.parametrize("name", POINTWISE)
def test_half_precision_is_near_float64(name, dtype, near):
    named, x = computed(dtype)
    x, h = x[PARTS["grid"]], 1e-6
    values, slopes = (found[PARTS["grid"]] for found in named[name][:2])
    np.testing.assert_allclose(values, EXACT[name](x), rtol=near, atol=near)
    kinked = np.isin(x, KINKS)  # rounding may put a point on a kink
    slope = (EXACT[name](x + h) - EXACT[name](x - h)) / (2 * h)
    np.testing.assert_allclose(slopes[~kinked], slope[~kinked], rtol=near, atol=near)


def test_nan_is_passed_on():
    x, rows = np.array([np.nan, 1.0], "float32"), [activation(name) for name in NAMES]
    found = run(lambda x: [[row.value(x), row.derivative(x)] for row in rows])(ops.convert_to_tensor(x))
    for name, (value, slope) in zip(NAMES, found, strict=True):
        assert np.isnan(numpy(value)[0]) and np.isnan(numpy(slope)[0]).all(), name


def test_worked_softmax_and_sigmoid():
    softmax, sigmoid = activation("softmax").value, activation("sigmoid").value
    np.testing.assert_allclose(numpy(softmax([2.0, 1.0, 0.1])), [0.65900114, 0.24243297, 0.09856589], rtol=1e-6)
    np.testing.assert_allclose(numpy(softmax([1.0, 3.0, 4.0, 7.0])), [0.002, 0.017, 0.047, 0.934], atol=5e-4)
    np.testing.assert_allclose(numpy(softmax([-0.5, 1.2, -0.1, 2.4])), [0.04, 0.21, 0.06, 0.70], atol=5e-3)
    np.testing.assert_allclose(numpy(sigmoid([-0.5, 1.2, -0.1, 2.4])).sum(), 2.54, atol=5e-3)


def test_softmax_jacobian_equals_differences_and_vector_products():
    x, h = np.random.default_rng(0).normal(size=(3, 4)), 1e-6
    slopes = [(exact_softmax(x + h * e, axis=-1) - exact_softmax(x - h * e, axis=-1)) / (2 * h) for e in np.eye(4)]
    row, v = activation("softmax"), np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    jacobian = numpy(row.derivative(x.astype("float32")))
    np.testing.assert_allclose(jacobian, np.stack(slopes, axis=-1), atol=1e-6)
    np.testing.assert_allclose(jacobian.sum(axis=-1), 0, atol=1e-6)
    _, tangent = jvp(lambda inputs: row.value(inputs[0]), [x.astype("float32")], [v])
    np.testing.assert_allclose(numpy(tangent), np.einsum("bij,bj->bi", jacobian, v), atol=1e-6)


def test_prelu_has_one_alpha_for_all_or_one_each_and_learns_it():
    x, alpha = np.array([[-2.0, -2.0, 3.0], [1.0, -1.0, -4.0]], "float32"), np.array([0.5, 0.0, -1.0], "float32")
    np.testing.assert_array_equal(numpy(prelu(x, alpha)), [[-1, 0, 3], [1, 0, 4]])
    np.testing.assert_array_equal(numpy(prelu(x, 0.5)), [[-1, -1, 3], [1, -0.5, -2]])
    half = prelu(ops.cast(ops.convert_to_tensor(x), "float16"), alpha)
    assert keras.backend.standardize_dtype(half.dtype) == "float16"
    _, (_, slope) = value_and_grad(lambda inputs: ops.sum(prelu(*inputs)), [x, alpha])
    np.testing.assert_array_equal(numpy(slope), np.minimum(x, 0).sum(axis=0))


def test_what_the_table_says_is_what_the_functions_do():
    far = np.array([-60.0, 60.0], "float32")
    for name in POINTWISE:
        row, x = TABLE.loc[name], np.linspace(-40, 40, 4001).astype("float32")
        values, tails = numpy(row["value"](x)), np.abs(numpy(row["derivative"](far)))
        assert row["zero_centred"] == np.allclose(values, -values[::-1], atol=1e-6), name
        low, high = row["range"].strip("[](){}").split(", ")
        low, high = (eval(end, {"inf": np.inf}) for end in (low, high))
        assert values.min() >= low - 0.005 and values.max() <= high + 1e-6, name
        assert (values.min() < -5) == (low == -np.inf) and (values.max() > 7) == (high == np.inf), name
        assert np.isinf(low) or values.min() < low + 0.005, name
        assert np.isinf(high) or values.max() > high - 0.005, name
        dead = {"nowhere": (0, 0), "nowhere for a > 0": (0, 0), "both sides": (1, 1), "everywhere": (1, 1),
                "x <= 0 and x >= 6": (1, 1)}.get(row["saturation"], (1, 0))  # fmt: skip
        assert tuple((tails < 1e-6).astype(int)) == dead, name
    assert TABLE.notna().all(axis=None) and (TABLE["name"] == TABLE.index).all()


def test_a_value_is_the_activation_of_a_layer_and_is_saved_with_it(tmp_path):
    inputs = keras.Input((3,))
    saved = ["step", "softmax", "prelu", "gelu_tanh"]
    layers = [keras.layers.Dense(4, activation=activation(name).value)(inputs) for name in saved]
    bare = [activation(name).value(inputs) for name in NAMES]
    model = keras.Model(inputs, [keras.ops.concatenate(part, axis=-1) for part in (layers, bare)])
    model.save(tmp_path / "model.keras")
    back = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    kept = [layer.activation for layer in back.layers if hasattr(layer, "activation")]
    assert kept == [activation(name).value for name in saved]
    for before, after in zip(model.predict_on_batch(x), back.predict_on_batch(x), strict=True):
        np.testing.assert_array_equal(before, after)


def test_step_fires_at_zero():
    np.testing.assert_array_equal(numpy(step([-1e-6, -0.0, 0.0, 2.0])), [0, 1, 1, 1])


@pytest.mark.parametrize("name", NAMES)
def test_integers_are_refused_in_words(name):
    for x in ([1, 2], np.arange(3), np.array([True])):
        with pytest.raises(ValueError, match=f"{name} takes floating-point numbers, got (int|bool).*ops.cast"):
            activation(name).value(x)
        with pytest.raises(ValueError, match=f"{name}_slope takes floating-point numbers"):
            activation(name).derivative(x)


def test_unknown_names_and_a_softmax_of_one_number_are_refused():
    with pytest.raises(ValueError, match=r"no activation is called 'rellu'.*Did you mean relu"):
        activation("rellu")
    with pytest.raises(ValueError, match=r"no activation is called None.*Known: "):
        activation(None)
    with pytest.raises(ValueError, match="softmax shares out 1 among the last axis"):
        activation("softmax").value(1.0)
    assert activation("swish") is activation("silu") and activation("hard_silu") is activation("hard_swish")
