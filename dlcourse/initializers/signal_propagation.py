"""How large the signal is in each layer of a model: activations on the way forward, gradients on the way back."""

import keras
import numpy as np
import pandas as pd
from keras import ops, tree

from dlcourse.initializers.layer_calls import as_float64, kernel_of, open_copy
from dlcourse.ops import value_and_grad

COLUMNS = ("layer", "kind", "z_var", "a_mean", "a_var", "dz_var", "da_var", "w_var", "dw_var")


class _Tap(keras.layers.Layer):
    """Adds zeros, one for each entry of the batch: the gradient in them is the gradient in what passes through."""

    def build(self, input_shape):
        self.zeros = self.add_weight(input_shape, "zeros")

    def call(self, inputs):
        return inputs + self.zeros

    def compute_output_shape(self, input_shape):
        return input_shape


def signal_propagation(model, x, y=None, loss=None, seed=0):
    """Mean and variance of the activations, and variances of the gradients, in every call of a layer.

    What is differentiated: with `loss`, the mean loss on (x, y), as training would. Without, L = sum(C * outputs)
    with a random C of mean 0 and variance 1, drawn by NumPy from `seed`: then dL/d(outputs) has the variance 1 and
    the column shows what the layers alone do to it.

    One row for each call of a layer, in the order of the computation, after one for each input ("input" if single):

    | column         | over all examples and units of the batch                                              |
    |----------------|---------------------------------------------------------------------------------------|
    | layer, kind    | name ("/2" for a second call) and class                                               |
    | z_var          | variance before the built-in activation; equals a_var where there is none             |
    | a_mean, a_var  | mean and variance of the output; E[a^2] = a_var + a_mean^2                            |
    | dz_var, da_var | variance of dL/dz and of dL/da; of an integer input NaN                               |
    | w_var, dw_var  | variance of the kernel and of dL/d(kernel), summed over the calls of a shared layer;  |
    |                | NaN where there is no trainable weight of two or more axes                            |

    The model runs as in inference (no dropout, moving averages), on a copy: it is not changed. A model inside the
    model is one row. Where the backend is exact to float32, the numbers agree to about 1e-4.

    Args:
        model: Sequential or functional, built.
        x: a batch, or a list (or dict) of them, as the model takes it.
        y: what `loss` compares with.
        loss: a `keras.losses.Loss`, a function (y, outputs) -> (b, ...) or (), or None for the random C.
        seed: of C.

    Returns:
        a DataFrame with the columns above.

    Raises:
        ValueError: the model is not built or no graph, x does not fit it, y comes without loss, x holds NaN, or the
            signal overflows: the message names the first layer where it is not finite.

    >>> keras.utils.set_random_seed(0)
    >>> dense = keras.layers.Dense(500, "relu", kernel_initializer="he_normal")
    >>> model = keras.Sequential([keras.Input((500,)), dense])
    >>> table = signal_propagation(model, np.random.default_rng(0).normal(size=(64, 500)))
    >>> table.kind.tolist(), table.z_var.round(0).tolist()
    (['InputLayer', 'Dense'], [1.0, 2.0])
    """
    if (y is None) != (loss is None):
        raise ValueError(f"y and loss go together, got {'y' if loss is None else 'loss'} alone. Pass both, or neither.")
    taps = {}

    def tap(tensor):
        layer = _Tap(dtype=tensor.dtype)
        marked = layer(tensor)
        taps[id(marked)] = layer
        return marked

    copy, calls = open_copy(model, x, tap)
    x = tree.map_structure(lambda array, want: ops.convert_to_tensor(array, want.dtype), x, copy.input)
    values = keras.Model(copy.input, [tensor for call in calls for tensor in (call.z, call.a)])(x, training=False)
    values = [as_float64(value) for value in values]
    _refuse_overflow(x, calls, values[1::2])
    gradient_in = _gradients(copy, x, _scalar(copy, y, loss, seed))
    rows = [_input_row(*pair, gradient_in) for pair in zip(copy.inputs, tree.flatten(x), strict=True)]
    if len(rows) == 1:
        rows[0] = ("input", *rows[0][1:])
    for call, z, a in zip(calls, values[::2], values[1::2], strict=True):
        kernel = kernel_of(call.copy)
        dz, da = (gradient_in.get(id(taps[id(tensor)].zeros)) for tensor in (call.z, call.a))
        dw = None if kernel is None else gradient_in.get(id(kernel))
        kind = type(call.layer).__name__
        rows.append((call.name, kind, z.var(), a.mean(), a.var(), *map(_variance, (dz, da, kernel, dw))))
    return pd.DataFrame(rows, columns=COLUMNS)


def _scalar(copy, y, loss, seed):
    """The function of the outputs that is differentiated."""
    if loss is not None:
        y = tree.map_structure(ops.convert_to_tensor, y)
        return lambda outputs: ops.mean(loss(y, outputs))
    rng = np.random.default_rng(seed)
    mixes = [rng.standard_normal(output.shape).astype("float32") for output in copy.outputs]

    def weighed(outputs):
        pairs = zip(mixes, tree.flatten(outputs), strict=True)
        return sum(ops.sum(ops.convert_to_tensor(mix) * ops.cast(out, "float32")) for mix, out in pairs)

    return weighed


def _gradients(copy, x, scalar):
    """{id of a trainable variable or a float input of the copy: the gradient of the scalar in it}"""
    weights, flat = copy.trainable_variables, tree.flatten(x)
    fixed = [ops.convert_to_tensor(variable) for variable in copy.non_trainable_variables]
    floats = [n for n, array in enumerate(flat) if keras.backend.is_float_dtype(array.dtype)]

    def fn(tensors):
        inputs = list(flat)
        for n, tensor in zip(floats, tensors[len(weights) :], strict=True):
            inputs[n] = tensor
        outputs, _ = copy.stateless_call(
            tensors[: len(weights)], fixed, tree.pack_sequence_as(copy.input, inputs), training=False
        )
        return scalar(outputs)

    _, found = value_and_grad(fn, [ops.convert_to_tensor(w) for w in weights] + [flat[n] for n in floats])
    owners = [*weights, *(copy.inputs[n] for n in floats)]
    return {id(owner): gradient for owner, gradient in zip(owners, found, strict=True)}


def _input_row(tensor, value, gradient_in):
    value, slope = as_float64(value), _variance(gradient_in.get(id(tensor)))
    return (tensor.name, "InputLayer", value.var(), value.mean(), value.var(), slope, slope, np.nan, np.nan)


def _variance(tensor):
    return np.nan if tensor is None else as_float64(tensor).var()


def _refuse_overflow(x, calls, outputs):
    for array in tree.flatten(x):
        if not np.isfinite(as_float64(array)).all():
            raise ValueError("x holds NaN or an infinite number, and all layers after it would. Clean it first.")
    for call, output in zip(calls, outputs, strict=True):
        if not np.isfinite(output).all():
            raise ValueError(
                f"the signal overflows in layer {call.name!r}: its output is not finite in {call.layer.compute_dtype}. "
                "Draw smaller weights, or use fewer layers."
            )
