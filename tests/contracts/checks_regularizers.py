"""The contract of a regularizer."""

import os
import tempfile

import keras
import numpy as np

from tests.contracts.backends import jit_compile, numpy, value_and_gradient
from tests.contracts.checks_shared import assert_close, check_config, check_errors, clone

DTYPES = {"float16": 2e-2, "bfloat16": 1e-1}  # and how far rounding may carry the penalty


def _weights(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def check_twin(row):
    """The penalty is a scalar and equals a slow NumPy twin in float64."""
    w = _weights(row.shapes[0])
    assert_close(numpy(row.make()(keras.ops.convert_to_tensor(w))), row.twin(w.astype(np.float64)))


def check_gradient(row):
    """On each shape: the value equals the twin, the gradient the twin's central differences in float64."""
    for shape in row.shapes:
        w, step = _weights(shape), 1e-6
        value, gradient = value_and_gradient(row.make(), w)
        wide = w.astype(np.float64)
        assert_close(value, row.twin(wide), what=f"value, {shape}")
        expected = np.empty_like(wide)
        for at in np.ndindex(shape):
            up, down = wide.copy(), wide.copy()
            up[at] += step
            down[at] -= step
            expected[at] = (row.twin(up) - row.twin(down)) / (2 * step)
        assert_close(gradient, expected, rtol=1e-4, what=f"gradient, {shape}")


def check_extremes(row):
    """Finite value and gradient at zero, at sizes of 1e4, with equal or empty columns, with equal singular values."""
    for shape in (row.shapes[0], row.shapes[-1]):
        signs = np.where(_weights(shape) > 0, 1.0, -1.0)
        hollow = _weights(shape)
        hollow[..., 0] = 0.0
        tried = {
            "zero": np.zeros(shape),
            "large": 1e4 * signs,
            "tiny": 1e-30 * signs,
            "equal": np.full(shape, 1e4),
            "an empty column": hollow,
            "orthonormal": np.eye(int(np.prod(shape[:-1])), shape[-1]).reshape(shape),
        }
        penalty = row.make()
        together = np.stack(list(tried.values()))  # one function of all, so that JAX compiles once
        value, gradient = value_and_gradient(lambda ws, p=penalty: sum(p(ws[i]) for i in range(len(ws))), together)
        assert np.isfinite(value) and value >= 0, f"{row.id}{shape}: the values add up to {value}"
        for name, slope in zip(tried, gradient, strict=True):
            assert np.isfinite(slope).all(), f"{row.id}{shape}, {name}: the gradient is {slope}"


def check_scale(row):
    """The penalty is proportional to its factors; with 0 it has no gradient."""
    w = _weights(row.shapes[0])
    once, slope = value_and_gradient(row.make(), w)
    thrice, steep = value_and_gradient(row.make(3.0), w)
    assert_close(thrice, 3 * once, what="three times the factor")
    assert_close(steep, 3 * slope, what="three times the factor, gradient")
    value, gradient = value_and_gradient(lambda x: row.make(0.0)(x) + keras.ops.sum(0.0 * x), w)
    assert value == 0 and not gradient.any(), f"{row.id}: factor 0 still costs {value}"


def check_nan(row):
    """NaN or Inf among the weights makes the penalty NaN or infinite, or raises."""
    for bad in (np.nan, np.inf, -np.inf):
        w = _weights(row.shapes[0])
        w[1, 1] = bad
        try:
            value = float(row.make()(keras.ops.convert_to_tensor(w)))
        except Exception:  # as a backend's decomposition does
            continue
        assert not np.isfinite(value), f"{row.id}: {bad} among the weights became {value}"


def check_dtypes(row):
    """Half-precision weights give a finite penalty near that of float32, and keep their type."""
    w = _weights(row.shapes[0])
    full = float(row.make()(keras.ops.convert_to_tensor(w)))
    for dtype, rounding in DTYPES.items():
        half = row.make()(keras.ops.cast(w, dtype))
        assert keras.backend.standardize_dtype(half.dtype) == dtype, f"{row.id}: {dtype} became {half.dtype}"
        assert abs(float(half) / full - 1) < rounding, f"{row.id} in {dtype}: {float(half)}, float32 {full}"


def check_saves(row):
    """On the Dense layer of a `.keras` file, in safe mode: the same penalty before and after, and from its config."""
    shape = row.shapes[0]
    model = keras.Sequential([keras.Input((shape[0],)), keras.layers.Dense(shape[1], kernel_regularizer=row.make())])
    expected = row.twin(numpy(model.layers[0].kernel).astype(np.float64))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        back = keras.saving.load_model(path, safe_mode=True)
    assert type(back.layers[0].kernel_regularizer) is row.of
    for found in (*model.losses, *back.losses, clone(row.make())(back.layers[0].kernel)):
        assert_close(numpy(found), expected)
    assert len(model.losses) == len(back.losses) == 1


def check_jit(row):
    """A step of SGD under jit moves the kernel by minus the rate times the penalty's gradient, and by nothing else."""
    shape = row.shapes[0]
    w = _weights(shape)
    layer = keras.layers.Dense(shape[1], kernel_regularizer=row.make(), use_bias=False)
    model = keras.Sequential([keras.Input((shape[0],)), layer])
    layer.kernel.assign(w)
    _, gradient = value_and_gradient(row.make(), w)
    model.compile(keras.optimizers.SGD(0.5), lambda y, p: 0.0 * keras.ops.sum(p, axis=-1), jit_compile=jit_compile())
    loss = model.train_on_batch(np.ones((4, shape[0]), "float32"), np.ones((4, shape[1]), "float32"))
    assert_close(float(loss), row.twin(w.astype(np.float64)), what="loss of the step")
    assert_close(numpy(layer.kernel), w - 0.5 * gradient, rtol=1e-4, what="kernel after the step")


CHECKS = {
    "twin": check_twin,
    "gradient": check_gradient,
    "extremes": check_extremes,
    "scale": check_scale,
    "nan": check_nan,
    "dtypes": check_dtypes,
    "config": check_config,
    "saves": check_saves,
    "jit": check_jit,
    "errors": check_errors,
}
