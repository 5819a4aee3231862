"""The contract of a model."""

import os
import tempfile

import keras
import numpy as np

from tests.contracts.backends import call, numpy, weight_gradients, weights_drawn_by_numpy
from tests.contracts.checks_shared import assert_close, check_errors


def _input(shape):
    return np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")


def _made(row, shape):
    keras.utils.set_random_seed(0)
    with weights_drawn_by_numpy():
        return row.make(shape)


def _outputs(model, x):
    """Its outputs by name; a single output is called "output"."""
    output = call(model, x)
    return output if isinstance(output, dict) else {"output": output}


def check_parameters(row):
    """The parameter count is the one in its row, to the last weight."""
    count = _made(row, row.shapes[0]).count_params()
    assert count == row.params, f"{row.id} has {count} parameters, the paper's count is {row.params}"


def check_strides(row):
    """Feature maps are smaller than the image by exactly the strides of its row."""
    height, width = row.shapes[0][:2]
    with weights_drawn_by_numpy():
        outputs = (row.maps or row.make)(row.shapes[0]).output
    outputs = outputs if isinstance(outputs, dict) else {"output": outputs}
    assert row.maps is None or set(outputs) == set(row.strides), f"{row.id} gives the maps {sorted(outputs)}"
    for name, stride in row.strides.items():
        expected = (-(-height // stride), -(-width // stride))
        found = tuple(outputs[name].shape[1:3])
        assert found == expected, f"{name} is {found}, stride {stride} makes it {expected}"


def check_gradients(row):
    """Every trainable weight has a finite gradient that is not zero throughout."""
    model, x = _made(row, row.shapes[0]), _input(row.shapes[0])
    rng = np.random.default_rng(1)
    for weight in model.trainable_variables:
        weight.assign(numpy(weight) + 0.05 * rng.normal(size=weight.shape))

    def scalar(output):
        parts = output.values() if isinstance(output, dict) else [output]
        return sum(keras.ops.sum(keras.ops.square(part)) for part in parts)

    found = weight_gradients(model, {"inputs": x}, scalar)
    for weight, gradient in zip(model.trainable_variables, found, strict=True):
        assert gradient is not None, f"{weight.path} has no gradient"
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, f"the gradient of {weight.path} vanishes"


def check_sizes(row):
    """Predicts finite numbers at each input size of its row."""
    for shape in row.shapes:
        for name, output in _outputs(_made(row, shape), _input(shape)).items():
            assert np.isfinite(numpy(output)).all(), f"{name} is not finite at input {shape}"


def check_saves(row):
    """Comes back from a `.keras` file in safe mode with equal outputs."""
    model, x = _made(row, row.shapes[0]), _input(row.shapes[0])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with weights_drawn_by_numpy():
            back = keras.saving.load_model(path, safe_mode=True)
    expected = _outputs(model, x)
    for name, output in _outputs(back, x).items():
        assert_close(numpy(output), numpy(expected[name]), what=name)


def check_policies(row):
    """Under each dtype policy: outputs finite, weights in float32."""
    before = keras.config.dtype_policy()
    try:
        for policy in ("mixed_float16", "mixed_bfloat16"):
            keras.config.set_dtype_policy(policy)
            model = _made(row, row.shapes[0])
            for name, output in _outputs(model, _input(row.shapes[0])).items():
                assert np.isfinite(numpy(keras.ops.cast(output, "float32"))).all(), f"{policy}: {name} is not finite"
            assert {keras.backend.standardize_dtype(w.dtype) for w in model.trainable_variables} <= {"float32"}
    finally:
        keras.config.set_dtype_policy(before)


CHECKS = {
    "parameters": check_parameters,
    "strides": check_strides,
    "gradients": check_gradients,
    "sizes": check_sizes,
    "saves": check_saves,
    "policies": check_policies,
    "errors": check_errors,
}
