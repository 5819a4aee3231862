"""Class numbers, checked before they are drawn: other values would make a wrong picture in silence."""

import numpy as np


def class_numbers(values, what, n=None, names=None):
    """`values` as an integer array (n,) of class numbers from 0; `what` names it in the error.

    Args:
        values: integers or truth values.
        what: what to call them, such as "y_pred".
        n: how many there must be; any number above 0 without.
        names: names of the classes, one for each number that occurs.

    >>> class_numbers([True, False], "y").tolist()
    [1, 0]

    Raises:
        ValueError: another shape, another type, a negative number, or one without a name.
    """
    array = np.asarray(values)
    if array.ndim != 1 or len(array) != (n or len(array)) or len(array) == 0:
        wanted = "at least one class number, shape (n,)" if n is None else f"{n} class numbers, shape ({n},)"
        raise ValueError(f"{what} must be {wanted}; got shape {array.shape}. {_flat(array.shape)}")
    if array.dtype.kind not in "biu":
        raise ValueError(
            f"{what} must be class numbers, integers from 0; got {array.dtype}. For probabilities of class 1 pass "
            "p > 0.5, for whole numbers astype(int), for names np.unique(values, return_inverse=True)[1]."
        )
    array = array.astype(int)
    if array.min() < 0:
        raise ValueError(f"{what} must be class numbers, integers from 0; got {array.min()}. Number the classes anew.")
    if names is not None and array.max() >= len(names):
        raise ValueError(
            f"{what} has the class {array.max()}, but only {len(names)} names were given. Name every class."
        )
    return array


def _flat(shape):
    if len(shape) != 2:
        return "Pass a flat array, one class number for each example."
    if shape[1] == 1:
        return "Pass p[:, 0], or p[:, 0] > 0.5 for probabilities."
    return "For one score a class, or one-hot rows, pass argmax(axis=1)."
