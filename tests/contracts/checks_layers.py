"""The contract of a layer."""

import os
import tempfile

import keras
import numpy as np

from tests.contracts.backends import jit_compile, numpy, weight_gradients
from tests.contracts.checks_shared import assert_close, check_config, check_errors, clone

POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


def _inputs(row):
    return row.inputs(np.random.default_rng(0))


def _built(row):
    """The layer and its inputs, with weights away from zero, so that no gradient vanishes by symmetry."""
    keras.utils.set_random_seed(1)
    layer, inputs = row.make(), _inputs(row)
    layer(**inputs)
    rng = np.random.default_rng(1)
    for weight in layer.trainable_variables:
        weight.assign(numpy(weight) + 0.1 * rng.normal(size=weight.shape))
    return layer, inputs


def _model(layer, inputs):
    """A functional model around the layer, and the list of arrays it takes."""
    symbols = {name: keras.Input(array.shape[1:], dtype=str(array.dtype), name=name) for name, array in inputs.items()}
    return keras.Model(list(symbols.values()), layer(**symbols)), list(inputs.values())


def check_shape(row):
    """compute_output_shape and the symbolic output agree with the real one."""
    layer, inputs = _built(row)
    real = tuple(layer(**inputs).shape)
    shapes = [array.shape for array in inputs.values()]
    said = layer.compute_output_shape(*shapes)
    assert tuple(said) == real, f"compute_output_shape says {said}, the output has {real}"
    symbolic = _model(layer, inputs)[0].output.shape
    assert tuple(symbolic) == (None, *real[1:]), f"the symbolic output has {symbolic}, the real one {real}"


def check_twin(row):
    """The output equals that of a slow NumPy twin in float64."""
    layer, inputs = _built(row)
    weights = [numpy(weight).astype(np.float64) for weight in layer.weights]
    wide = {name: a.astype(np.float64) if a.dtype.kind == "f" else a for name, a in inputs.items()}
    assert_close(numpy(layer(**inputs)), row.twin(weights, **wide), what=row.id)


def check_policies(row):
    """Under each dtype policy: output finite and in the compute dtype, weights in float32."""
    before = keras.config.dtype_policy()
    try:
        for policy in POLICIES:
            keras.config.set_dtype_policy(policy)
            layer = row.make()
            output = layer(**_inputs(row))
            dtype = keras.backend.standardize_dtype(output.dtype)
            assert dtype == layer.compute_dtype, f"{policy}: output is {dtype}, expected {layer.compute_dtype}"
            assert np.isfinite(numpy(keras.ops.cast(output, "float32"))).all(), f"{policy}: output not finite"
            assert {keras.backend.standardize_dtype(w.dtype) for w in layer.trainable_variables} <= {"float32"}
    finally:
        keras.config.set_dtype_policy(before)


def check_gradients(row):
    """The output is finite and every trainable weight has a finite gradient that is not zero throughout."""
    layer, inputs = _built(row)
    output = numpy(layer(**inputs))
    assert np.isfinite(output).all()
    mix = keras.ops.convert_to_tensor(np.random.default_rng(2).normal(size=output.shape), dtype="float32")
    gradients = weight_gradients(layer, inputs, lambda out: keras.ops.sum(out * mix))
    for weight, gradient in zip(layer.trainable_variables, gradients, strict=True):
        assert gradient is not None, f"{weight.path} has no gradient"
        assert np.isfinite(gradient).all(), f"the gradient of {weight.path} is not finite"
        assert np.abs(gradient).max() > 0, f"the gradient of {weight.path} is zero"


def check_nan(row):
    """NaN in the first input reaches the output."""
    layer, inputs = _built(row)
    first = next(iter(inputs))
    spoilt = inputs[first].copy()
    spoilt[0].flat[0] = np.nan
    assert not np.isfinite(numpy(layer(**{**inputs, first: spoilt}))).all(), "NaN became a finite number"


def check_from_config(row):
    """A copy made from the configuration, with the same weights, gives equal outputs."""
    layer, inputs = _built(row)
    back = clone(layer)
    back(**inputs)
    back.set_weights(layer.get_weights())
    np.testing.assert_array_equal(numpy(back(**inputs)), numpy(layer(**inputs)))


def check_saves(row):
    """A model with the layer comes back from a `.keras` file in safe mode with equal outputs."""
    model, arrays = _model(*_built(row))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        back = keras.saving.load_model(path, safe_mode=True)
    np.testing.assert_array_equal(numpy(back(arrays)), numpy(model(arrays)))


def check_jit(row):
    """Predicts and trains with jit_compile=True where the backend has it."""
    layer, inputs = _built(row)
    model, arrays = _model(layer, inputs)
    eager = numpy(layer(**inputs))
    model.compile("sgd", "mse", jit_compile=jit_compile())
    assert_close(model.predict_on_batch(arrays), eager, what="predict under jit")
    loss = float(model.train_on_batch(arrays, np.zeros(eager.shape, "float32")))
    assert_close(loss, np.mean(eager.astype(np.float64) ** 2), what="loss under jit")


CHECKS = {
    "shape": check_shape,
    "twin": check_twin,
    "policies": check_policies,
    "gradients": check_gradients,
    "nan": check_nan,
    "config": check_config,
    "from_config": check_from_config,
    "saves": check_saves,
    "jit": check_jit,
    "errors": check_errors,
}
