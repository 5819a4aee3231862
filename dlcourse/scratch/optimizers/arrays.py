"""One array or a list of arrays: what every optimizer of this folder takes, checked in one place."""

import numpy as np


def floats(x, name):
    """`x` as an array of finite floats; the caller's array itself is never changed.

    >>> floats([1.0, -2.0], "start")
    array([ 1., -2.])

    Raises:
        ValueError: integers, texts or objects instead of floats, or NaN or infinity among them.
    """
    x = np.asarray(x)
    if not np.issubdtype(x.dtype, np.floating):
        raise ValueError(f"{name} must hold floats, got {x.dtype}. Write 1.0 for 1, or use .astype(float).")
    if not np.isfinite(x).all():
        bad = np.count_nonzero(~np.isfinite(x))
        raise ValueError(
            f"{name} must be finite, got {bad} of {x.size} numbers that are NaN or infinite. "
            "Lower the rate, clip the gradient, or look for a division by 0."
        )
    return x


def same_shape(x, shape, name):
    """`x` as by `floats`, and of the given shape."""
    if np.shape(x) != tuple(shape):
        raise ValueError(f"{name} must have shape {tuple(shape)}, got {np.shape(x)}. Pass arrays that belong together.")
    return floats(x, name)


def point(x, name="start"):
    """`x` as a float vector (d,)."""
    x = floats(x, name)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"{name} must be a vector (d,) with d > 0, got shape {x.shape}. Use .ravel() on an array.")
    return x


def unpack(values, name):
    """(arrays, pack): a list of float arrays, and a function that gives such a list the form of `values` again.

    A list or tuple that holds arrays is a list of arrays. Anything else, a list of plain numbers too, is one array.

    >>> arrays, pack = unpack([np.zeros((2, 3)), np.zeros(3)], "weights")
    >>> [array.shape for array in pack(arrays)]
    [(2, 3), (3,)]
    >>> arrays, pack = unpack([1.0, 2.0], "weights")
    >>> pack(arrays)
    array([1., 2.])
    """
    if isinstance(values, (list, tuple)) and values and all(isinstance(value, np.ndarray) for value in values):
        return [floats(value, f"{name}[{i}]") for i, value in enumerate(values)], type(values)
    return [floats(values, name)], lambda arrays: arrays[0]


def unpack_like(values, shapes, name):
    """The arrays of `values` as by `unpack`, one for each of `shapes` and of that shape."""
    arrays, _ = unpack(values, name)
    if len(arrays) != len(shapes):
        raise ValueError(f"{name} must hold {len(shapes)} arrays, as the weights do, got {len(arrays)}. Pass one each.")
    pairs = enumerate(zip(arrays, shapes, strict=True))
    return [same_shape(array, shape, f"{name}[{i}]") for i, (array, shape) in pairs]
