"""Layer-sequential unit variance: let a batch of data, not a formula, say how large the weights have to be."""

import keras
import numpy as np
import pandas as pd
from keras import ops, tree

from dlcourse.initializers.layer_calls import as_float64, kernel_of, open_copy

COLUMNS = ("layer", "before", "orthonormal", "after", "steps", "gain")


def lsuv(model, x, tolerance=0.02, max_steps=10, orthonormal=True, seed=0):
    """Give each layer with a kernel an output of variance 1 on the batch x, one layer after another, in place.

    A kernel starts orthonormal; then, as long as |var(z) - 1| >= tolerance, kernel <- kernel / sqrt(var(z)), where z
    is the layer's output before a built-in activation, over all examples and units. Layers before it are done by
    then, so x should be a batch like those of training: a few hundred examples. Biases stay as they are.

    A layer is any with a trainable weight of two or more axes; the first such weight is its kernel. A kernel that is
    used twice is scaled at its first use. The model runs as in inference. Either all of the model's kernels are
    replaced, or, where something is refused, none: it keeps the weights that it came with.

    Args:
        model: Sequential or functional, built.
        x: a batch, or a list (or dict) of them, as the model takes it.
        tolerance: how far from 1 a variance may stay.
        max_steps: divisions a layer may take. One is enough where the biases are 0.
        orthonormal: False keeps the weights that are there, and only rescales them.
        seed: of the orthonormal start, drawn by NumPy: the same on every backend.

    Returns:
        a DataFrame, one row a layer: layer; variance of z before anything was changed, once all before it was done
        and its own kernel was orthonormal, and after; steps (divisions); gain, the factor on its starting kernel.

    Raises:
        ValueError: the model is not built, no graph or without kernels; x does not fit or is not finite; tolerance
            or max_steps make no sense; a layer is a model of its own, is dead (variance 0), overflows, or does not
            come within the tolerance in `max_steps`, as with a large bias. The message names the layer.

    Source:  Mishkin & Matas 2016, algorithm 1

    >>> wide = [keras.layers.Dense(60, "gelu", name=f"dense{n}") for n in range(3)]
    >>> model = keras.Sequential([keras.Input((40,)), *wide])
    >>> table = lsuv(model, np.random.default_rng(0).normal(size=(200, 40)))
    >>> table.after.round(3).tolist(), table.steps.tolist()
    ([1.0, 1.0, 1.0], [1, 1, 1])
    """
    if not (0 < tolerance < 1 and max_steps >= 1):
        raise ValueError(
            f"lsuv needs 0 < tolerance < 1 and max_steps >= 1, got tolerance={tolerance} and max_steps={max_steps}. "
            "The defaults are 0.02 and 10."
        )
    copy, calls = open_copy(model, x)
    x = tree.map_structure(lambda array, want: ops.convert_to_tensor(array, want.dtype), x, copy.input)
    if not all(np.isfinite(as_float64(array)).all() for array in tree.flatten(x)):
        raise ValueError("x holds NaN or an infinite number: no variance can be set by it. Clean it first.")
    first = {id(call.copy): call for call in reversed(calls) if kernel_of(call.copy) is not None}
    targets = [call for call in calls if first.get(id(call.copy)) is call]
    nested = next((call.name for call in targets if isinstance(call.layer, keras.Model)), None)
    if nested:
        raise ValueError(
            f"layer {nested!r} is a model of its own, with layers of its own. Build one flat model instead."
        )
    if not targets:
        raise ValueError(f"the model {model.name!r} has no trainable kernel to scale. Unfreeze or add a Dense layer.")
    before = keras.Model(copy.input, [call.z for call in targets])(x, training=False)
    rows, rng = [], np.random.default_rng(seed)
    for call, old in zip(targets, before, strict=True):
        if orthonormal:
            kernel_of(call.copy).assign(_orthonormal(kernel_of(call.copy).shape, rng))
        rows.append((call.name, as_float64(old).var(), *_scale(copy, call, x, tolerance, max_steps)))
    for call in targets:
        kernel_of(call.layer).assign(kernel_of(call.copy))
    return pd.DataFrame(rows, columns=COLUMNS)


def _scale(copy, call, x, tolerance, max_steps):
    """Rescale one kernel of the copy.  -> variance at the start and at the end, steps, product of the factors"""
    kernel, gain, start = kernel_of(call.copy), 1.0, None
    probe = keras.Model(copy.input, call.z)
    for steps in range(max_steps + 1):
        variance = as_float64(probe(x, training=False)).var()
        start = variance if start is None else start
        if not np.isfinite(variance):
            raise ValueError(f"layer {call.name!r} overflows on this batch. Scale x, or start with smaller weights.")
        if variance < 1e-30:
            raise ValueError(
                f"layer {call.name!r} is dead: its output has the variance {variance:.1g} on this batch, and no factor "
                "makes that 1. Its inputs are constant, or all zero behind a ReLU: look at x and the layer before it."
            )
        if abs(variance - 1) < tolerance:
            return start, variance, steps, gain
        if steps < max_steps:
            factor = 1 / np.sqrt(variance)
            kernel.assign(kernel * factor)
            gain *= factor
    raise ValueError(
        f"layer {call.name!r} has the variance {variance:.3g} after {max_steps} steps, not within {tolerance} of 1. "
        "Its output does not grow as its kernel does: set its bias to 0, or freeze it if it is no Dense or convolution."
    )


def _orthonormal(shape, rng):
    """A kernel whose matrix (all axes but the last, last) has orthonormal columns, or rows where it is wide."""
    rows, columns = int(np.prod(shape[:-1])), int(shape[-1])
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))  # uniform over all orthonormal matrices (Mezzadri 2007)
    return (q if rows >= columns else q.T).reshape(shape)
