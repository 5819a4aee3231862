"""`signal_propagation` against backpropagation written out in NumPy, on models of every form it takes."""

import keras
import numpy as np
import pytest
from keras import layers

from dlcourse.initializers import signal_propagation
from dlcourse.ops import loss_of_weights, value_and_grad
from tests.contracts.backends import numpy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5)).astype("float32")


def mix(shape, seed=0):
    """The random C of `signal_propagation`."""
    return np.random.default_rng(seed).standard_normal(shape).astype("float32").astype(float)


def set_random(model, seed=1):
    rng = np.random.default_rng(seed)
    model.set_weights([0.5 * rng.normal(size=w.shape) + 0.1 for w in model.get_weights()])
    return model


def close(found, expected, rtol=2e-4):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rtol)


def mlp_by_hand(weights, x, c):
    """Columns z_var, a_var, dz_var, da_var, dw_var of a tanh MLP with a linear last layer, by hand."""
    a, zs, inputs = x.astype(float), [], []
    for n, (w, b) in enumerate(weights):
        inputs.append(a)
        zs.append(a @ w + b)
        a = np.tanh(zs[-1]) if n < len(weights) - 1 else zs[-1]
    rows, da = [], c
    for n in reversed(range(len(weights))):
        last = n == len(weights) - 1
        out = zs[n] if last else np.tanh(zs[n])
        dz = da if last else da * (1 - out**2)
        rows.append((zs[n].var(), out.var(), dz.var(), da.var(), (inputs[n].T @ dz).var()))
        da = dz @ weights[n][0].T
    return np.array([*rows, (x.var(), x.var(), da.var(), da.var(), np.nan)][::-1])


def test_an_mlp_agrees_with_backpropagation_by_hand():
    model = keras.Sequential([keras.Input((5,)), layers.Dense(5, "tanh"), layers.Dense(5, "tanh"), layers.Dense(3)])
    set_random(model)
    table, weights = signal_propagation(model, X), model.get_weights()
    pairs = [(w.astype(float), b) for w, b in zip(weights[::2], weights[1::2], strict=True)]
    close(table[["z_var", "a_var", "dz_var", "da_var", "dw_var"]], mlp_by_hand(pairs, X, mix((12, 3))))
    close(table.w_var[1:], [w.var() for w in weights[::2]])
    assert table.kind.tolist() == ["InputLayer", "Dense", "Dense", "Dense"]
    assert table.layer[1:].tolist() == [layer.name for layer in model.layers]
    close(table.a_mean[0], X.astype(float).mean())


def test_an_activation_layer_has_the_same_numbers_as_a_built_in_one():
    fused = set_random(keras.Sequential([keras.Input((5,)), layers.Dense(5, "tanh"), layers.Dense(3)]))
    split = keras.Sequential([keras.Input((5,)), layers.Dense(5), layers.Activation("tanh"), layers.Dense(3)])
    split.set_weights(fused.get_weights())
    one, two = signal_propagation(fused, X), signal_propagation(split, X)
    close(two.a_var[1], one.z_var[1])
    close(two.da_var[[1, 2, 3]], [one.dz_var[1], one.da_var[1], one.da_var[2]])
    close(two.a_var[[2, 3]], one.a_var[[1, 2]])


def test_a_layer_used_twice_has_two_rows_and_one_summed_gradient():
    shared, x = layers.Dense(5, use_bias=False, name="shared"), keras.Input((5,))
    model = set_random(keras.Model(x, shared(shared(x))))
    table, w, c = signal_propagation(model, X, seed=3), model.get_weights()[0].astype(float), mix((12, 5), 3)
    assert table.layer[1:].tolist() == ["shared", "shared/2"]
    close(table.a_var[1:], [(X @ w).var(), (X @ w @ w).var()])
    close(table.da_var, [(c @ w.T @ w.T).var(), (c @ w.T).var(), c.var()])
    close(table.dw_var[1:], 2 * [(X.T @ (c @ w.T) + (X @ w).T @ c).var()])


def test_branches_raw_operations_several_inputs_and_outputs():
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    hidden = layers.Dense(5, name="hidden")(left)
    both = hidden + right  # an operation, not a layer: it has no row
    tail = layers.Dense(3, name="tail")(both)
    model = set_random(keras.Model({"left": left, "right": right}, {"both": both, "tail": tail}))
    r = RNG.normal(size=(12, 5)).astype("float32")
    table = signal_propagation(model, {"left": X, "right": r}).set_index("layer")
    first, second = (model.get_layer(name).get_weights()[0].astype(float) for name in ("hidden", "tail"))
    rng = np.random.default_rng(0)
    c_both, c_tail = (rng.standard_normal(shape).astype("float32") for shape in ((12, 5), (12, 3)))
    d_hidden = c_both + c_tail @ second.T
    close(table.da_var["hidden"], d_hidden.var())
    close(table.dw_var["hidden"], (X.T @ d_hidden).var())
    close(table.da_var.iloc[:2], [(d_hidden @ first.T).var(), d_hidden.var()])
    assert table.kind.tolist() == ["InputLayer", "InputLayer", "Dense", "Dense"]
    assert table.index.tolist() == ["left", "right", "hidden", "tail"]


def test_it_runs_as_in_inference_and_changes_nothing():
    model = keras.Sequential(
        [keras.Input((5,)), layers.Dense(5), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(3)]
    )
    set_random(model)
    model.layers[1].set_weights([np.abs(w) + 0.2 for w in model.layers[1].get_weights()])
    model.compile("sgd", "mse")
    before, outputs = model.get_weights(), np.array(numpy(model(X, training=False)))
    table = signal_propagation(model, X)
    close(table.a_var.iloc[-1], outputs.astype(float).var())
    assert table.a_var[2] == table.a_var[3], "dropout passes everything on"
    assert all(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True))
    assert [layer.name for layer in model.layers] == table.layer[1:].tolist()
    np.testing.assert_array_equal(signal_propagation(model, X).iloc[:, 2:].to_numpy(), table.iloc[:, 2:].to_numpy())
    assert model.layers[0].output is not None, "its layers still have one node each"
    model.fit(X, np.zeros((12, 3)), verbose=0)


def test_a_convolution_is_opened_before_its_activation():
    image = keras.Input((6, 6, 2))
    x = layers.Conv2D(3, 3, activation="relu", name="conv")(image)
    model = set_random(keras.Model(image, layers.Dense(3)(layers.Flatten()(x))))
    batch = RNG.normal(size=(4, 6, 6, 2)).astype("float32")
    table = signal_propagation(model, batch).set_index("layer")
    kernel, bias = (w.astype(float) for w in model.get_layer("conv").get_weights())
    windows = np.lib.stride_tricks.sliding_window_view(batch, (3, 3), axis=(1, 2))  # (b, 4, 4, c, 3, 3)
    z = np.einsum("bijcuv,uvcf->bijf", windows, kernel) + bias
    close(table.loc["conv", ["z_var", "a_var", "a_mean"]], [z.var(), z.clip(0).var(), z.clip(0).mean()])
    da = (mix((4, 3)) @ model.layers[-1].get_weights()[0].T).reshape(z.shape)
    close(table.loc["conv", ["da_var", "dz_var"]], [da.var(), (da * (z > 0)).var()])


def test_with_a_loss_the_gradients_are_those_of_training():
    model = set_random(keras.Sequential([keras.Input((5,)), layers.Dense(5, "relu"), layers.Dense(3)]))
    y, loss = RNG.integers(3, size=12), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    table = signal_propagation(model, X, y, loss)
    _, gradients = value_and_grad(loss_of_weights(model, loss, X, y), [w.value for w in model.trainable_variables])
    close(table.dw_var[1:], [numpy(gradients[n]).astype(float).var() for n in (0, 2)])
    z = numpy(model(X)).astype(float)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    close(table.da_var.iloc[-1], ((p - np.eye(3)[y]) / 12).var())


def test_integer_inputs_frozen_layers_and_nested_models():
    words = keras.Input((3,), dtype="int32")
    inner = keras.Sequential([keras.Input((3, 4)), layers.Dense(4), layers.Dense(3)], name="inner")
    embedded = layers.Embedding(9, 4, name="embedding")(words)
    model = set_random(keras.Model(words, inner(layers.Dense(4, trainable=False, name="frozen")(embedded))))
    table = signal_propagation(model, RNG.integers(9, size=(6, 3))).set_index("layer")
    assert np.isnan(table.da_var.iloc[0]) and np.isnan(table.dw_var["frozen"]) and table.dw_var["embedding"] > 0
    assert table.index.tolist() == ["input", "embedding", "frozen", "inner"]
    close(table.da_var["inner"], mix((6, 3, 3)).var())


def test_half_precision_keeps_its_type_inside():
    model = keras.Sequential([keras.Input((5,)), layers.Dense(54, "tanh", dtype="mixed_float16"), layers.Dense(3)])
    half = signal_propagation(model, X)
    full = keras.Sequential([keras.Input((5,)), layers.Dense(54, "tanh"), layers.Dense(3)])
    full.set_weights(model.get_weights())
    whole, spread = signal_propagation(full, X).iloc[1:], np.sqrt(half.a_var[1:].to_numpy())
    means = ["a_mean"]  # as near to 0 as chance has it: its error is one of the values' spread
    close(half.iloc[1:, 2:].drop(columns=means), whole.iloc[:, 2:].drop(columns=means), rtol=0.05)
    np.testing.assert_allclose(half.a_mean[1:] / spread, whole.a_mean / spread, atol=2e-3)


def test_a_vanishing_signal_is_still_told_from_0():
    deep = [
        layers.Dense(30, "tanh", kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3, seed=n))
        for n in range(12)
    ]
    table = signal_propagation(keras.Sequential([keras.Input((5,)), *deep]), X)
    assert 0 < table.a_var.iloc[-1] < 1e-50 and 0 < table.da_var.iloc[1] < 1e-40


def never_built():
    return keras.Sequential([layers.Dense(3)])


class Subclassed(keras.Model):
    """Its layers cannot be listed in order."""


BUILT = keras.Sequential([keras.Input((5,)), layers.Dense(3, name="only")])
LOUD = keras.Sequential(
    [keras.Input((5,))]
    + [layers.Dense(5, kernel_initializer=keras.initializers.Constant(1e10), name=f"loud{n}") for n in range(5)]
)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: signal_propagation(never_built(), X), "is not built.*keras.Input"),
        (lambda: signal_propagation(Subclassed(), X), "Sequential or functional.*got Subclassed"),
        (lambda: signal_propagation(layers.Dense(3), X), "Sequential or functional.*got Dense"),
        (lambda: signal_propagation(BUILT, X[:, :4]), r"shapes \[\(12, 4\)\].*takes \[\(None, 5\)\]"),
        (lambda: signal_propagation(BUILT, [X, X]), r"one array for each input"),
        (lambda: signal_propagation(BUILT, X[:0]), "at least 1"),
        (lambda: signal_propagation(BUILT, X * np.nan), "x holds NaN"),
        (lambda: signal_propagation(LOUD, X), "overflows in layer 'loud3'"),
        (lambda: signal_propagation(BUILT, X, y=np.zeros(12)), "got y alone"),
        (lambda: signal_propagation(BUILT, X, loss=keras.losses.MeanSquaredError()), "got loss alone"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
