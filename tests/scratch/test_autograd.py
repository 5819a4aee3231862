"""The engine: every operation against central differences, sums where slopes meet, and words for what it refuses."""

import numpy as np
import pytest

from dlcourse.scratch.autograd import Value, concatenate
from dlcourse.scratch.gradient_check import central_differences

rng = np.random.default_rng(0)
DRAWN = {
    "()": rng.normal(size=()),
    "3": rng.normal(size=3),
    "1": rng.normal(size=1),
    "4": rng.normal(size=4),
    "0,3": np.zeros((0, 3)),
    "2,1": rng.normal(size=(2, 1)),
    "1,3": rng.normal(size=(1, 3)),
    "2,3": rng.normal(size=(2, 3)),
    "3,4": rng.normal(size=(3, 4)),
    "5,2,3": rng.normal(size=(5, 2, 3)),
    "5,3,4": rng.normal(size=(5, 3, 4)),
    "1,3,4": rng.normal(size=(1, 3, 4)),
    "7,1,2,3": rng.normal(size=(7, 1, 2, 3)),
}
PAIRS = [("()", "()"), ("2,3", "2,3"), ("2,3", "3"), ("3", "2,3"), ("2,3", "()"), ("()", "2,3"), ("2,1", "1,3")]
PAIRS += [("1,3", "2,1"), ("5,2,3", "2,1"), ("1", "2,3"), ("2,3", "1,3"), ("7,1,2,3", "5,2,3"), ("0,3", "3")]
PRODUCTS = [("2,3", "3,4"), ("3", "3,4"), ("2,3", "3"), ("3", "3"), ("5,2,3", "3,4"), ("2,3", "5,3,4"), ("3", "5,3,4")]
PRODUCTS += [("5,2,3", "5,3,4"), ("5,2,3", "1,3,4"), ("5,2,3", "3"), ("7,1,2,3", "5,3,4")]


def agree(fn, *arrays, rtol=1e-6):
    """The gradient of sum(c * fn(arrays)), with random c, equals central differences in every entry of every array."""
    values = [Value(array) for array in arrays]
    result = fn(*values)
    seed = np.random.default_rng(1).normal(size=result.data.shape)
    result.backward(seed)
    numeric = central_differences(lambda *point: (seed * fn(*map(Value, point)).data).sum(), arrays, 1e-5)
    for value, expected in zip(values, numeric, strict=True):
        assert value.gradient.shape == value.data.shape
        scale = np.abs(expected).max(initial=1e-3)
        np.testing.assert_allclose(value.gradient, expected, rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize("shapes", PAIRS, ids=str)
@pytest.mark.parametrize("name", ["+", "-", "*", "/", "**"])
def test_arithmetic_broadcast_in_every_direction(name, shapes):
    a, b = (DRAWN[shape] for shape in shapes)
    fn = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, b: a**b,
    }[name]
    agree(fn, np.abs(a) + 0.5 if name == "**" else a, b + 3.0 * np.sign(b) if name == "/" else b)


@pytest.mark.parametrize("shapes", PRODUCTS, ids=str)
def test_matrix_products_of_matrices_vectors_and_batches(shapes):
    a, b = (DRAWN[shape] for shape in shapes)
    agree(lambda a, b: a @ b, a, b)
    assert np.array_equal((Value(a) @ Value(b)).data, a @ b)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (1, -1), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions(name, axis, keepdims):
    x = DRAWN["5,2,3"]
    agree(lambda x: getattr(x, name)(axis, keepdims), x)
    expected = getattr(x, name)(axis=axis, keepdims=keepdims)
    assert np.array_equal(getattr(Value(x), name)(axis, keepdims).data, expected)


def test_several_maxima_share_the_slope():
    x = Value(np.array([[1.0, 5.0, 5.0], [2.0, 2.0, 2.0]]))
    x.max(axis=1).backward([1.0, 3.0])
    assert x.gradient.tolist() == [[0, 0.5, 0.5], [1, 1, 1]]


@pytest.mark.parametrize(
    "name", ["exp", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "silu", "gelu", "softmax"]
)
@pytest.mark.parametrize("shape", ["()", "3", "5,2,3"])
def test_functions(name, shape):
    if (name, shape) == ("softmax", "()"):
        shape = "1"
    agree(lambda x: getattr(x, name)(), 2 * DRAWN[shape])


@pytest.mark.parametrize("name", ["log", "sqrt"])
def test_functions_of_positive_numbers(name):
    agree(lambda x: getattr(x, name)(), np.abs(DRAWN["5,2,3"]) + 0.1)


@pytest.mark.parametrize(
    "name, x, expected",
    [
        ("sigmoid", [-1e4, 0, 1e4], [0, 0.5, 1]),
        ("softplus", [-1e4, 0, 1e4], [0, np.log(2), 1e4]),
        ("silu", [-1e4, 0, 1e4], [0, 0, 1e4]),
        ("gelu", [-1e4, 0, 1e4], [0, 0, 1e4]),
        ("tanh", [-1e4, 0, 1e4], [-1, 0, 1]),
        ("relu", [-2, 0, 2], [0, 0, 2]),
        ("leaky_relu", [-2, 0, 2], [-0.4, 0, 2]),
        ("softmax", [-1e4, 0, 1e4], [0, 0, 1]),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_functions_at_extremes_are_silent_and_keep_their_dtype(name, x, expected, dtype):
    with np.errstate(all="raise", under="ignore"):
        value = Value(np.array(x, dtype))
        result = getattr(value, name)()
        result.backward(np.ones(3, dtype))
    np.testing.assert_allclose(result.data, expected, rtol=1e-3 if dtype == "float16" else 1e-6)
    assert result.data.dtype == value.gradient.dtype == dtype and np.isfinite(value.gradient).all()


def test_the_slope_at_a_corner_is_the_one_from_the_left():
    for name, slope in {"relu": 0.0, "leaky_relu": 0.2}.items():
        x = Value(0.0)
        getattr(x, name)().backward()
        assert x.gradient == slope


KEYS = [1, -1, slice(None, None, 2), (slice(None), 1), (..., 0), None, np.array([0, 2, 2, -1, 2])]
KEYS += [(np.array([0, 0, 1]), np.array([1, 1, 0])), np.array([True, False, True, True, False]), [[0, 1], [1, 1]]]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_also_with_repeated_rows(key):
    x = DRAWN["5,2,3"]
    agree(lambda x: x[key], x)
    assert np.array_equal(Value(x)[key].data, x[key])


def test_shapes():
    x = DRAWN["5,2,3"]
    agree(lambda x: x.reshape(3, 10), x)
    agree(lambda x: x.reshape((-1,)), x)
    agree(lambda x: x.transpose(), x)
    agree(lambda x: x.transpose(1, -1, 0), x)
    agree(lambda x: x.transpose((2, 0, 1)).T, x)
    agree(lambda a, b, c: concatenate([a, b, c], axis=1), DRAWN["2,3"], DRAWN["2,1"], DRAWN["2,3"])
    agree(lambda a, b: concatenate([a, DRAWN["1,3"], b]), DRAWN["2,3"], DRAWN["1,3"])
    assert Value(2.0).T.data == 2.0


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_softmax_cross_entropy(scale):
    from dlcourse.scratch.softmax import cross_entropy, softmax_gradient

    z, labels = scale * DRAWN["3,4"], np.array([3, 0, 3])
    agree(lambda z: z.softmax_cross_entropy(labels), z)
    value = Value(z)
    loss = value.softmax_cross_entropy(labels)
    loss.backward(-2.0)
    np.testing.assert_allclose(loss.data, cross_entropy(labels, z).mean(), rtol=1e-13)
    np.testing.assert_allclose(value.gradient, -2 * softmax_gradient(labels, z) / 3, rtol=1e-12, atol=1e-300)
    far = Value(np.array([[1e4, -1e4]]))
    loss = far.softmax_cross_entropy([1])
    loss.backward()
    assert loss.data == 2e4 and far.gradient.tolist() == [[1, -1]]


def test_a_value_used_twice_gets_both_slopes():
    agree(lambda w, x: (w * x + w).tanh() * w, DRAWN["3"], DRAWN["2,3"])
    agree(lambda w, x: ((x @ w).tanh() @ w).sum(), rng.normal(size=(3, 3)), DRAWN["2,3"])  # one kernel, two layers
    w = Value(3.0)
    (w * w * w).backward()
    assert w.gradient == 27


def test_numbers_and_arrays_on_either_side():
    x = DRAWN["2,3"]
    agree(lambda v: 2 - v, x)
    agree(lambda v: 2.0**v, x)
    agree(lambda v: 2 / (v * v + 1), x)
    agree(lambda v: -(3 * v - x) + x, x)
    agree(lambda v: x.T @ v - [[1.0, 2.0, 3.0]], x)
    agree(lambda v: np.float64(2) * v / np.int64(4) + np.float32(1), x)
    assert (1 + Value(np.ones(2, "float32"))).data.dtype == "float32"
    assert isinstance(x + Value(x), Value) and isinstance(np.float64(1) - Value(x), Value)


def test_powers_at_zero():
    for exponent, slope in [(2, 0), (1, 1), (0, 0), (3.0, 0)]:
        x = Value(0.0)
        (x**exponent).backward()
        assert x.gradient == slope


def test_backward_twice_gives_the_same_and_other_outcomes_start_afresh():
    w = Value(DRAWN["3"])
    hidden = (w * w).exp()
    loss = hidden.sum()
    loss.backward()
    first, inner = w.gradient.copy(), hidden.gradient.copy()
    loss.backward()
    assert np.array_equal(w.gradient, first) and np.array_equal(hidden.gradient, inner)
    (w * 2).sum().backward()
    assert w.gradient.tolist() == [2, 2, 2]


def test_a_seed_gives_a_vector_jacobian_product():
    x, v = DRAWN["3"], rng.normal(size=4)
    matrix = DRAWN["3,4"]
    value = Value(x)
    (value @ matrix).tanh().backward(v)
    jacobian = (1 - np.tanh(x @ matrix) ** 2)[:, None] * matrix.T  # (4, 3)
    np.testing.assert_allclose(value.gradient, v @ jacobian, rtol=1e-12)


def test_constants_get_no_slope_and_given_values_share_no_memory():
    x, c = Value(DRAWN["2,3"]), Value(DRAWN["2,3"], constant=True)
    y = Value(np.zeros(3))
    (c * 2 + x + y).sum().backward()
    assert c.gradient is None and x.gradient.flags.writeable
    x.gradient += 1
    assert y.gradient.tolist() == [2, 2, 2]
    assert (c * 2).constant and not (c * x).constant


def test_new_data_leaves_what_was_computed_before():
    w, x = Value(2.0), Value(3.0)
    product = w * x
    w.data = np.asarray(100.0)
    product.backward()
    assert (x.gradient, w.gradient) == (2, 3)


def test_a_chain_of_20000_operations_needs_no_recursion():
    x = y = Value(1.0)
    for _ in range(20_000):
        y = y + x
    y.backward()
    assert x.gradient == 20_001
    del y


def test_narrow_floats_stay_narrow():
    w, b = Value(DRAWN["3,4"].astype("float32")), Value(np.zeros(4, "float32"))
    loss = (DRAWN["2,3"].astype("float32") @ w + b).gelu().max(axis=1).mean() * 0.5
    loss.backward()
    assert loss.data.dtype == w.gradient.dtype == b.gradient.dtype == "float32"
    mixed = Value(np.ones(2, "float32"))
    (mixed * np.ones(2)).sum().backward()
    assert mixed.gradient.dtype == "float32"
