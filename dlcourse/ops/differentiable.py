"""What a function and its inputs must be like to be differentiated, in the same words on every backend."""

import keras
import numpy as np
from keras import ops

NAN = (
    "Look for 0/0, inf - inf, the log of a negative number, or a root or a norm at 0, whose slope is infinite; guard "
    "what is inside it, or take a smaller step."
)


def is_float(x):
    """Whether x, a tensor, an array, a Keras variable or a number, is of floating point."""
    return _dtype(x).removeprefix("b").startswith("float")


def float_tensors(inputs, caller, what="inputs"):
    """A list of float tensors, variables, arrays or numbers as tensors.

    Types:   tensors and variables keep theirs; NumPy's and Python's float64 becomes `keras.config.floatx()`
    Errors:  ValueError where it is no list or empty, or an entry is not of floating point
    """
    if not isinstance(inputs, list | tuple):
        raise ValueError(f"{caller}: {what} must be a list of tensors, got one {type(inputs).__name__}. Write [x].")
    if len(inputs) == 0:
        raise ValueError(f"{caller}: {what} is an empty list. Give at least one tensor.")
    for n, x in enumerate(inputs):
        if not is_float(x):
            raise ValueError(
                f"{caller}: {what}[{n}] is {_dtype(x)}, and only floating-point tensors have derivatives. "
                "Convert it, as by ops.cast(x, 'float32'), or close over it."
            )
    return [_tensor(x) for x in inputs]


def tensors_like(vectors, inputs, caller, what="vectors"):
    """`vectors` as tensors of the shapes and types of `inputs`, one each.

    Errors:  as float_tensors; ValueError where their number or a shape differs
    """
    vectors = float_tensors(vectors, caller, what)
    if len(vectors) != len(inputs):
        raise ValueError(f"{caller}: {len(inputs)} inputs want as many {what}, got {len(vectors)}. Give one each.")
    for n, (vector, x) in enumerate(zip(vectors, inputs, strict=True)):
        if tuple(vector.shape) != tuple(x.shape):
            raise ValueError(
                f"{caller}: {what}[{n}] has the shape {tuple(vector.shape)}, inputs[{n}] has {tuple(x.shape)}. "
                "Reshape it; nothing is broadcast here."
            )
    return [ops.cast(vector, x.dtype) for vector, x in zip(vectors, inputs, strict=True)]


def with_value(fn, caller, shape=None):
    """`fn`, held to one float tensor as its value, of the given shape where there is one.

    Errors:  ValueError, when it is called, where the value is something else
    """

    def held(inputs):
        value = fn(inputs)
        if not hasattr(value, "shape") or not hasattr(value, "dtype"):
            raise ValueError(f"{caller}: the function must return a tensor, got {type(value).__name__}.")
        if not is_float(value):
            raise ValueError(f"{caller}: the function must return a floating-point tensor, got {_dtype(value)}.")
        if shape == () and tuple(value.shape) != ():
            raise ValueError(
                f"{caller}: the function must return a scalar, got the shape {tuple(value.shape)}. "
                "Reduce it, as by ops.mean or ops.sum."
            )
        if shape is not None and tuple(value.shape) != tuple(shape):
            raise ValueError(
                f"{caller}: the function's value has the shape {tuple(value.shape)}, the cotangent has {tuple(shape)}. "
                "They must be equal; nothing is broadcast here."
            )
        return value

    return held


def refuse_nan(caller, tensors):
    """Raise a ValueError that names the first of {what it is: tensor} that holds NaN."""
    for what, tensor in tensors.items():
        if np.isnan(ops.convert_to_numpy(ops.cast(tensor, "float32"))).any():
            raise ValueError(f"{caller}: {what} is NaN. {NAN}")


def _dtype(x):
    if hasattr(x, "dtype") and not isinstance(x, np.ndarray | np.generic):
        return keras.backend.standardize_dtype(x.dtype)
    return np.asarray(x).dtype.name


def _tensor(x):
    if isinstance(x, keras.Variable):
        x = x.value
    if ops.is_tensor(x):
        return x
    return ops.convert_to_tensor(x, dtype=keras.config.floatx() if _dtype(x) == "float64" else _dtype(x))
