"""Derivatives: against float64 differences of a NumPy twin, against algebra, and in what is refused."""

import keras
import numpy as np
import pytest
from keras import ops

from dlcourse.ops import compiled, hvp, jvp, loss_of_weights, value_and_grad, vjp
from tests.contracts.backends import numpy

SHAPES = ((5, 3), (3,), (3, 4))


def bent(inputs, to=ops):
    """Three inputs of three shapes, broadcast, multiplied, bent: a scalar. Input 2 enters twice."""
    a, b, c = inputs
    inner = to.tanh(to.matmul(a * b, c))
    return to.sum(inner * inner) + to.sum(to.exp(0.3 * c)) + to.sum(to.log1p(to.square(b)))


def bent_rows(inputs, to=ops):
    """The same ingredients, one value a row: (5,)"""
    a, b, c = inputs
    return to.sum(to.tanh(to.matmul(a * b, c)), axis=-1) + to.sum(b)


def drawn(seed, dtype="float64"):
    rng = np.random.default_rng(seed)
    return [0.7 * rng.normal(size=shape).astype(dtype) for shape in SHAPES]


def differences(fn, inputs, step=1e-5):
    """Central differences of a scalar fn in every entry, in float64."""
    gradients = []
    for n, x in enumerate(inputs):
        gradient = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            up, down = ([array.copy() for array in inputs] for _ in range(2))
            up[n][at] += step
            down[n][at] -= step
            gradient[at] = (fn(up) - fn(down)) / (2 * step)
        gradients.append(gradient)
    return gradients


def along(fn, inputs, vectors, step=1e-5):
    """Central difference of fn (of any shape) along `vectors`, in float64."""
    up, down = ([x + sign * step * v for x, v in zip(inputs, vectors, strict=True)] for sign in (1, -1))
    return (fn(up) - fn(down)) / (2 * step)


def single(arrays):
    return [array.astype("float32") for array in arrays]


def close(found, expected, rtol=1e-4):
    for ours, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(numpy(ours), wanted, rtol=rtol, atol=rtol * max(1e-3, np.abs(wanted).max()))


@pytest.mark.parametrize("wrap", [lambda f: f, compiled], ids=["as it is", "compiled"])
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_equals_float64_differences(seed, wrap):
    inputs = drawn(seed)
    value, gradients = wrap(lambda x: value_and_grad(bent, x))(single(inputs))
    np.testing.assert_allclose(float(value), bent(inputs, np), rtol=1e-5)
    close(gradients, differences(lambda x: bent(x, np), inputs))


@pytest.mark.parametrize("wrap", [lambda f: f, compiled], ids=["as it is", "compiled"])
@pytest.mark.parametrize("seed", [0, 1])
def test_hessian_vector_product_equals_differences_of_the_gradient(seed, wrap):
    inputs, vectors = drawn(seed), drawn(seed + 10)
    products = wrap(lambda x, v: hvp(bent, x, v))(single(inputs), single(vectors))

    def gradient(x):
        return np.concatenate([g.ravel() for g in differences(lambda at: bent(at, np), x, step=1e-4)])

    expected = along(gradient, inputs, vectors, step=1e-4)
    close([np.concatenate([numpy(product).ravel() for product in products])], [expected])


@pytest.mark.parametrize("wrap", [lambda f: f, compiled], ids=["as it is", "compiled"])
def test_forward_and_reverse_products_are_one_jacobian(wrap):
    inputs, vectors, cotangent = drawn(3), drawn(4), np.random.default_rng(5).normal(size=5)
    value, tangent = wrap(lambda x, v: jvp(bent_rows, x, v))(single(inputs), single(vectors))
    also, gradients = wrap(lambda x, u: vjp(bent_rows, x, u))(single(inputs), cotangent.astype("float32"))
    close([value, also], [bent_rows(inputs, np)] * 2, rtol=1e-5)
    close([tangent], [along(lambda x: bent_rows(x, np), inputs, vectors)])
    close(gradients, differences(lambda x: cotangent @ bent_rows(x, np), inputs))
    both = sum((numpy(g) * v).sum() for g, v in zip(gradients, vectors, strict=True))
    np.testing.assert_allclose(both, cotangent @ numpy(tangent), rtol=1e-4)  # u (J v) = (u J) v


def test_tensors_keep_their_precision_and_arrays_take_kerass():
    exact = "float32" if keras.backend.backend() == "jax" else "float64"  # JAX has no more by default

    def fn(inputs, to=ops):  # without a product: Keras on PyTorch returns those of float64 as float32
        return to.sum(to.tanh(inputs[0] * inputs[1]) ** 3) + to.sum(to.exp(inputs[2]))

    inputs = drawn(6)
    value, gradients = value_and_grad(fn, [ops.convert_to_tensor(x, exact) for x in inputs])
    assert keras.backend.standardize_dtype(value.dtype) == exact
    close(gradients, differences(lambda x: fn(x, np), inputs), rtol=1e-4 if exact == "float32" else 1e-8)
    value, gradients = value_and_grad(fn, inputs)  # float64 arrays
    assert {keras.backend.standardize_dtype(tensor.dtype) for tensor in (value, *gradients)} == {"float32"}


def test_hessian_of_a_quadratic_is_its_matrix():
    matrix = np.random.default_rng(7).normal(size=(6, 6)).astype("float32")
    matrix += matrix.T
    rows = [hvp(lambda w: 0.5 * ops.sum(w[0] * ops.matmul(matrix, w[0])), [np.ones(6, "float32")], [unit])[0]
            for unit in np.eye(6, dtype="float32")]  # fmt: skip
    np.testing.assert_allclose(np.stack([numpy(row) for row in rows]), matrix, rtol=1e-5, atol=1e-6)


def test_an_input_that_is_not_used_has_a_zero_gradient():
    inputs = single(drawn(8))
    _, gradients = value_and_grad(lambda x: ops.sum(x[0] ** 2), inputs)
    assert not numpy(gradients[1]).any() and not numpy(gradients[2]).any() and numpy(gradients[0]).all()
    products = hvp(lambda x: ops.sum(x[0]) + ops.sum(x[1] ** 3), inputs, inputs)
    assert not numpy(products[0]).any() and not numpy(products[2]).any()
    close([products[1]], [6 * inputs[1] ** 2], rtol=1e-5)
    assert not numpy(jvp(lambda x: ops.exp(x[0]), inputs, [0 * inputs[0], *inputs[1:]])[1]).any()


def test_a_table_that_is_looked_up_has_a_dense_gradient_and_product():
    table, rows = np.arange(6, dtype="float32").reshape(3, 2), np.array([2, 0, 2])

    def fn(w):
        return ops.sum(ops.take(w[0], rows, axis=0) ** 3)

    close([value_and_grad(fn, [table])[1][0]], [3 * table**2 * np.array([[1], [0], [2]])], rtol=1e-5)
    close([hvp(fn, [table], [np.ones_like(table)])[0]], [6 * table * np.array([[1], [0], [2]])], rtol=1e-5)


def test_numbers_and_variables_are_inputs_too():
    value, (gradient,) = value_and_grad(lambda x: x[0] ** 3, [2.0])
    assert (float(value), float(gradient)) == (8.0, 12.0)
    variable = keras.Variable([1.0, 2.0])
    value, (gradient,) = value_and_grad(lambda x: ops.sum(x[0] ** 2), [variable])
    assert numpy(gradient).tolist() == [2.0, 4.0] and numpy(variable).tolist() == [1.0, 2.0]


def test_compiled_takes_new_shapes_numbers_and_nests():
    step = compiled(lambda state, rate: {"w": [w - rate * w for w in state["w"]], "n": state["n"] + 1})
    for size in (2, 3):
        out = step({"w": [np.ones(size, "float32")], "n": 4}, 0.25)
        assert numpy(out["w"][0]).tolist() == [0.75] * size and int(out["n"]) == 5
    assert numpy(step({"w": [np.ones(2, "float32")], "n": 4}, rate=0.5)["w"][0]).tolist() == [0.5, 0.5]


def net(activation="tanh"):
    keras.utils.set_random_seed(3)
    layers = [
        keras.layers.Dense(5, activation=activation),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5, seed=1),
    ]
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])


def at(fn, weights):
    return float(numpy(fn(weights)))


def test_compiled_reads_variables_at_each_call():
    """Their values, whichever variables they are, and whether one comes twice."""
    first, other = (keras.Variable(np.array(values, "float32")) for values in ([1.0, 2.0], [9.0, 9.0]))
    added = compiled(lambda x, rest: [x + 10 * y for y in rest])
    for x, y in ((first, first), (first, other), (other, first), (numpy(first), other)):
        np.testing.assert_allclose(numpy(added(x, [y])[0]), numpy(x) + 10 * numpy(y))
    first.assign([3.0, 4.0])
    np.testing.assert_allclose(numpy(added(first, [other])[0]), [93, 94])


def test_loss_of_weights_is_the_models_loss_and_changes_nothing():
    model, rng = net(), np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)).astype("float32"), rng.integers(3, size=8)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = [numpy(weight) for weight in model.weights]
    fn = loss_of_weights(model, model.loss, x, y)
    np.testing.assert_allclose(at(fn, model.trainable_variables), model.evaluate(x, y, verbose=0), rtol=1e-5)
    doubled = [2 * numpy(weight) for weight in model.trainable_variables]
    assert abs(at(fn, doubled) - at(fn, model.trainable_variables)) > 1e-2
    noisy = loss_of_weights(model, model.loss, x, y, training=True)
    assert abs(at(noisy, model.trainable_variables) - at(fn, model.trainable_variables)) > 1e-4
    assert at(noisy, model.trainable_variables) == at(noisy, model.trainable_variables)
    for weight, kept in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(numpy(weight), kept)


def test_a_network_has_equal_products_eager_compiled_and_by_differences_of_its_gradient():
    model, rng = net(), np.random.default_rng(1)
    x, y = rng.normal(size=(8, 4)).astype("float32"), rng.integers(3, size=8)
    fn = loss_of_weights(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True), x, y)
    weights = [numpy(weight) for weight in model.trainable_variables]
    vectors = [rng.normal(size=weight.shape).astype("float32") for weight in weights]
    eager, fast = hvp(fn, weights, vectors), compiled(lambda w, v: hvp(fn, w, v))(weights, vectors)
    for one, other in zip(eager, fast, strict=True):
        np.testing.assert_allclose(numpy(one), numpy(other), rtol=1e-4, atol=1e-6)
    step = 1e-2  # float32: large enough for the differences to be seen
    up, down = ([w + s * step * v for w, v in zip(weights, vectors, strict=True)] for s in (1, -1))
    by_hand = [
        (numpy(a) - numpy(b)) / (2 * step)
        for a, b in zip(value_and_grad(fn, up)[1], value_and_grad(fn, down)[1], strict=True)
    ]
    for one, other in zip(eager, by_hand, strict=True):
        np.testing.assert_allclose(numpy(one), other, rtol=2e-2, atol=2e-3)


X = [np.ones(3, "float32")]
SCALAR = "the function must return a scalar, got the shape (3,). Reduce it, as by ops.mean or ops.sum."
WHOLE = "inputs[0] is int64, and only floating-point tensors have derivatives."
NOT_A_NUMBER = "Look for 0/0, inf - inf, the log of a negative number, or a root or a norm at 0"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: value_and_grad(lambda x: x[0], X), f"value_and_grad: {SCALAR}"),
        (lambda: hvp(lambda x: x[0], X, X), f"hvp: {SCALAR}"),
        (lambda: compiled(lambda x: value_and_grad(lambda x: x[0], x))(X), f"value_and_grad: {SCALAR}"),
        (lambda: value_and_grad(lambda x: 3.0, X), "value_and_grad: the function must return a tensor, got float."),
        (lambda: value_and_grad(lambda x: ops.argmax(x[0]), X), "must return a floating-point tensor, got int"),
        (lambda: value_and_grad(lambda x: x, [np.ones(3, "int64")]), f"value_and_grad: {WHOLE}"),
        (lambda: jvp(lambda x: x, [np.ones(3, "int64")], X), f"jvp: {WHOLE}"),
        (lambda: hvp(lambda x: x, [[1, 2]], X), f"hvp: {WHOLE}"),
        (lambda: value_and_grad(lambda x: x, ["a"]), "value_and_grad: inputs[0] is str32, and only floating-point"),
        (lambda: value_and_grad(lambda x: x, [np.ones(2, bool)]), "value_and_grad: inputs[0] is bool, and only"),
        (lambda: value_and_grad(lambda x: x, [np.ones(2, "complex64")]), "value_and_grad: inputs[0] is complex64"),
        (lambda: hvp(lambda x: ops.sum(x[0]), X, [np.ones(3, "int64")]), "hvp: vectors[0] is int64"),
        (lambda: value_and_grad(ops.sum, X[0]), "inputs must be a list of tensors, got one ndarray. Write [x]."),
        (lambda: value_and_grad(ops.sum, []), "value_and_grad: inputs is an empty list. Give at least one tensor."),
        (lambda: hvp(lambda x: ops.sum(x[0]), X, []), "hvp: vectors is an empty list."),
        (lambda: hvp(lambda x: ops.sum(x[0]), X, X * 2), "hvp: 1 inputs want as many vectors, got 2. Give one each."),
        (
            lambda: jvp(lambda x: ops.sum(x[0]), X, [np.ones((1, 3), "float32")]),
            "jvp: vectors[0] has the shape (1, 3), inputs[0] has (3,). Reshape it; nothing is broadcast here.",
        ),
        (
            lambda: vjp(lambda x: x[0], X, np.ones(2, "float32")),
            "vjp: the function's value has the shape (3,), the cotangent has (2,). They must be equal;",
        ),
        (lambda: vjp(lambda x: x[0], X, np.ones(3, "int64")), "vjp: cotangent[0] is int64"),
        (
            lambda: value_and_grad(lambda x: ops.sum(ops.log(-x[0])), X),
            f"value_and_grad: the value is NaN. {NOT_A_NUMBER}",
        ),
        (lambda: jvp(lambda x: ops.log(-x[0]), X, X), f"jvp: the value is NaN. {NOT_A_NUMBER}"),
        (lambda: vjp(lambda x: ops.log(-x[0]), X, X[0]), f"vjp: the value is NaN. {NOT_A_NUMBER}"),
        (lambda: hvp(lambda x: ops.sum(ops.log(-x[0])), X, X), f"hvp: the value is NaN. {NOT_A_NUMBER}"),
        (
            lambda: hvp(lambda x: ops.sqrt(ops.sum((x[0] - 1) ** 2)), X, X),
            f"hvp: the product for inputs[0] is NaN. {NOT_A_NUMBER}",
        ),
        (
            lambda: value_and_grad(lambda x: ops.sqrt(ops.sum((x[0] - 1) ** 2)), X),
            f"value_and_grad: the gradient in inputs[0] is NaN. {NOT_A_NUMBER}",
        ),
        (
            lambda: value_and_grad(lambda x: ops.sum(ops.nan_to_num(x[1])), [*X, np.full(2, np.nan, "float32")]),
            "value_and_grad: inputs[1] is NaN.",
        ),
        (
            lambda: compiled(lambda x: value_and_grad(lambda x: ops.sum(ops.log(-x[0])), x))(X),
            f"the compiled function returned NaN. {NOT_A_NUMBER}",
        ),
        (
            lambda: loss_of_weights(keras.Sequential([keras.layers.Dense(1)], name="raw"), None, X[0], X[0]),
            "the model 'raw' has no trainable weights. Build it: give it",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_the_same_words_on_every_backend(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert message in str(caught.value)


def test_compiled_lets_nan_pass_when_asked():
    def both(x):
        return value_and_grad(lambda x: ops.sum(ops.log(-x[0])), x)[0]

    assert np.isnan(float(compiled(both, check_nan=False)(X)))
    with pytest.raises(ValueError, match="value_and_grad: the value is NaN"):
        both(X)  # and the look is back afterwards
