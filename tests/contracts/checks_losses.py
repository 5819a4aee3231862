"""The contract of a loss."""

import os
import tempfile

import keras
import numpy as np

from tests.contracts.backends import compiled, jit_compile, numpy, value_and_gradient
from tests.contracts.checks_shared import assert_close, check_config, check_errors, clone

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


def _with(row, reduction):
    """The row's loss, with another reduction: through its configuration, as Keras would set it."""
    loss = row.make()
    return type(loss).from_config({**loss.get_config(), "reduction": reduction})


def _sample(row):
    return row.sample(np.random.default_rng(0))


def check_degenerate(row):
    """Empty, full and all-ignored targets have the documented value, under a sum and a mean alike."""
    assert "empty" in row.degenerate, f"{row.id}: say what an empty batch gives"
    for name, (y_true, y_pred, expected) in row.degenerate.items():
        assert_close(numpy(_with(row, "sum")(y_true, y_pred)).sum(), expected, what=f"{name}, sum")
        mean = numpy(_with(row, "sum_over_batch_size")(y_true, y_pred))
        assert np.isfinite(mean).all() and (expected != 0 or mean.sum() == 0), f"{name}: the mean is {mean}"


def check_extremes(row):
    """Finite value and finite gradient where activations saturate."""
    assert row.extremes, f"{row.id}: name its extreme inputs"
    loss = row.make()
    for y_true, y_pred in row.extremes:
        value, gradient = value_and_gradient(lambda p, t=y_true: loss(t, p), y_pred)
        assert np.isfinite(value), f"the value is {value} at {y_pred}"
        assert np.isfinite(gradient).all(), f"the gradient is {gradient} at {y_pred}"


def check_twin(row):
    """The unreduced loss equals a slow NumPy twin in float64."""
    y_true, y_pred = _sample(row)
    assert_close(numpy(_with(row, "none")(y_true, y_pred)), row.twin(y_true, y_pred.astype(np.float64)))


def check_gradient(row):
    """The gradient equals central differences of the twin in float64."""
    y_true, y_pred = _sample(row)
    loss = _with(row, "sum")
    _, gradient = value_and_gradient(lambda p: loss(y_true, p), y_pred)
    wide, step = y_pred.astype(np.float64), 1e-6
    expected = np.empty_like(wide)
    for at in np.ndindex(wide.shape):
        up, down = wide.copy(), wide.copy()
        up[at] += step
        down[at] -= step
        expected[at] = (row.twin(y_true, up).sum() - row.twin(y_true, down).sum()) / (2 * step)
    assert_close(gradient, expected, rtol=1e-4, what="gradient")


def check_reductions(row):
    """Every reduction, with and without sample weights, equals its definition over the twin's entries."""
    y_true, y_pred = _sample(row)
    values = row.twin(y_true, y_pred.astype(np.float64))
    kept = np.ones(values.shape) if row.kept is None else row.kept(y_true).astype(np.float64)
    given = np.random.default_rng(3).uniform(0.5, 2.0, size=values.shape)
    for weights in (None, given):
        weight = kept if weights is None else weights * kept
        weighted = values * weight
        expected = {
            "sum_over_batch_size": weighted.sum() / kept.sum(),
            "mean": weighted.sum() / kept.sum(),
            "mean_with_sample_weight": weighted.sum() / weight.sum(),
            "sum": weighted.sum(),
            "none": weighted,
            None: weighted,
        }
        narrow = None if weights is None else weights.astype("float32")
        for reduction in REDUCTIONS:
            found = numpy(_with(row, reduction)(y_true, y_pred, sample_weight=narrow))
            assert_close(found, expected[reduction], what=f"{reduction}, weights {weights is not None}")


def check_per_example(row):
    """An example's loss depends on no other example: split and permuted batches give the same entries."""
    y_true, y_pred = _sample(row)
    loss = _with(row, "none")
    whole, half = numpy(loss(y_true, y_pred)), len(y_pred) // 2
    parts = [numpy(loss(y_true[part], y_pred[part])) for part in (slice(half), slice(half, None))]
    assert_close(np.concatenate(parts), whole, what="split")
    order = np.random.default_rng(4).permutation(len(y_pred))
    assert_close(numpy(loss(y_true[order], y_pred[order])), whole[order], what="permuted")


def check_nan(row):
    """NaN or Inf anywhere in a prediction that counts makes the loss NaN or infinite."""
    y_true, y_pred = _sample(row)
    first = 0 if row.kept is None else int(np.flatnonzero(row.kept(y_true))[0])
    loss = _with(row, "sum")
    for bad in (np.nan, np.inf, -np.inf):
        for at in np.ndindex(y_pred.shape[1:]):
            spoilt = y_pred.copy()
            spoilt[(first, *at)] = bad
            value = float(loss(y_true, spoilt))
            assert not np.isfinite(value), f"{bad} in the prediction became {value}"


def check_saves(row):
    """A compiled model with the loss comes back from a `.keras` file in safe mode and evaluates to the same loss."""
    y_true, y_pred = _sample(row)
    given = keras.Input(y_pred.shape[1:])
    model = keras.Model(given, keras.layers.Identity()(given))
    model.compile("sgd", row.make())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        back = keras.saving.load_model(path, safe_mode=True)
    expected = float(row.make()(y_true, y_pred))
    assert_close(back.evaluate(y_pred, y_true, batch_size=len(y_pred), verbose=0), expected, what="evaluated")
    assert_close(float(clone(row.make())(y_true, y_pred)), expected, what="from its configuration")


def check_jit(row):
    """The loss and a training step are the same under jit_compile=True where the backend has it."""
    y_true, y_pred = _sample(row)
    loss = row.make()
    eager = float(loss(y_true, y_pred))
    targets, given = keras.ops.convert_to_tensor(y_true), keras.ops.convert_to_tensor(y_pred)
    assert_close(float(compiled(lambda t, p: loss(t, p))(targets, given)), eager, what="under jit")
    model = _identity(y_pred.shape[1:])
    model.compile("sgd", loss, jit_compile=jit_compile())
    assert_close(float(model.train_on_batch(y_pred, y_true)), eager, what="training under jit")


def _identity(shape):
    """A trainable model that returns its input, until it is trained: (b, *shape) -> (b, *shape)"""
    given = keras.Input(shape)
    wide = given if shape else keras.layers.Reshape((1,))(given)
    out = keras.layers.Dense(wide.shape[-1], use_bias=False, kernel_initializer="identity")(wide)
    return keras.Model(given, out if shape else keras.layers.Reshape(())(out))


CHECKS = {
    "degenerate": check_degenerate,
    "extremes": check_extremes,
    "twin": check_twin,
    "gradient": check_gradient,
    "reductions": check_reductions,
    "per_example": check_per_example,
    "nan": check_nan,
    "config": check_config,
    "saves": check_saves,
    "jit": check_jit,
    "errors": check_errors,
}
