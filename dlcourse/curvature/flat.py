"""A list of weights as one long vector on the host, and back."""

import numpy as np
from keras import config, ops

from dlcourse.ops.differentiable import float_tensors


def read_weights(weights, caller, what="weights"):
    """Weights as NumPy arrays, each a copy.

    Args:
        weights: tensors, Keras variables (they keep their type) or NumPy arrays (taken in Keras's default type).
        caller, what: whom and what an error names.

    Raises:
        ValueError: no list, empty, not of floating point, or NaN or infinite somewhere.
    """
    arrays = [np.array(ops.convert_to_numpy(tensor)) for tensor in float_tensors(weights, caller, what)]
    for n, (array, given) in enumerate(zip(arrays, weights, strict=True)):
        if not np.isfinite(array.astype("float64")).all():
            raise ValueError(
                f"{caller}: {what}[{n}] holds NaN or infinity. Take weights from before training diverged, or look for "
                "where it did."
            )
        if isinstance(given, np.ndarray | np.generic | float):
            arrays[n] = array.astype(config.floatx())
    if sum(array.size for array in arrays) == 0:
        raise ValueError(f"{caller}: {what} hold no numbers, only empty arrays. Give at least one weight.")
    return arrays


def read_like(arrays, weights, caller, what):
    """`read_weights(arrays)`, held to the shapes of `weights`.

    Raises:
        ValueError: as read_weights; another number of arrays, or another shape.
    """
    arrays = read_weights(arrays, caller, what)
    found, wanted = [a.shape for a in arrays], [w.shape for w in weights]
    if found != wanted:
        raise ValueError(f"{caller}: {what} must have the shapes of the weights, {wanted}; got {found}.")
    return arrays


def flatten(arrays):
    """One float64 vector (n,) of all entries, one array after another."""
    return np.concatenate([np.ravel(array).astype("float64") for array in arrays])


def unflatten(vector, weights, keep_float64=False):
    """The vector (n,) in the shapes of `weights`, and in their types unless `keep_float64`."""
    ends = np.cumsum([w.size for w in weights])[:-1]
    parts = zip(np.split(vector, ends), weights, strict=True)
    return [part.reshape(w.shape).astype("float64" if keep_float64 else w.dtype) for part, w in parts]
