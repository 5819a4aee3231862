"""Is a gradient right? Move each number a little to either side and compare."""

import numpy as np

from dlcourse.scratch.autograd import Value


def central_differences(fn, arrays, step=1e-5):
    """Slope of `fn` in every entry of every array: (fn(x + step) - fn(x - step)) / (2 step), two calls an entry.

    It is off by about step^2 (the curve bends) and by about 1e-16 / step (both values are rounded), which is least near
    step = 1e-5 for float64.

    Args:
        fn: fn(*arrays) -> a number.
        arrays: the point, a list of float arrays; each is put back as it was.
        step: how far to move.

    Returns:
        a list of arrays shaped like `arrays`.

    Raises:
        ValueError: the step is not above 0, or `fn` gives more than one number.

    >>> central_differences(lambda x: (x**3).sum(), [np.array([1.0, 2.0])])[0].round(6)
    array([ 3., 12.])
    """
    if not step > 0:
        raise ValueError(f"the step must be above 0, got {step}. 1e-5 suits float64.")
    arrays = [np.array(array, dtype=np.float64) for array in arrays]
    slopes = [np.zeros_like(array) for array in arrays]
    for array, slope in zip(arrays, slopes, strict=True):
        for place in np.ndindex(array.shape):
            here = array[place]
            array[place] = here + step
            above = _one_number(fn(*arrays))
            array[place] = here - step
            below = _one_number(fn(*arrays))
            array[place] = here
            slope[place] = (above - below) / (2 * step)
    return slopes


def relative_gap(a, b):
    """|a - b| / (|a| + |b|) with the lengths of the two arrays: 0 for equal, 1 for opposite, 0 for two zeros.

    Right gradients differ by 1e-7 or less in float64; above 1e-4 look for a mistake.

    Raises:
        ValueError: the shapes differ.

    >>> relative_gap(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    0.0
    """
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"expected two arrays of one shape, got {np.shape(a)} and {np.shape(b)}. Transpose or sum one."
        )
    total = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(np.subtract(a, b)) / total) if total else 0.0


def gradient_check(fn, arrays, step=1e-5):
    """`relative_gap` of the engine's gradient and central differences, one for each array.

    Args:
        fn: fn(*values) -> scalar `Value`, written with the operations of `Value`; it must not draw random numbers.
        arrays: the point, a list of float arrays.
        step: of the differences.

    Raises:
        ValueError: `fn` gives no scalar, or what it computes is NaN.

    >>> gradient_check(lambda x, w: (x @ w).tanh().sum(), [np.eye(2), np.ones((2, 3))])[0] < 1e-8
    True
    """
    values = [Value(np.array(array, dtype=np.float64)) for array in arrays]
    fn(*values).backward()
    numeric = central_differences(lambda *point: fn(*map(Value, point)).data, arrays, step)
    found = [np.zeros_like(value.data) if value.gradient is None else value.gradient for value in values]
    return [relative_gap(a, b) for a, b in zip(found, numeric, strict=True)]


def _one_number(outcome):
    if np.size(outcome) != 1:
        raise ValueError(f"fn must give one number, got the shape {np.shape(outcome)}. Take .sum() or .mean() of it.")
    return float(np.reshape(outcome, ()))
