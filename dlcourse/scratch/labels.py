"""Class labels in their two forms: numbers 0 .. k - 1 (sparse) and rows with a single 1 (one-hot)."""

import numpy as np


def class_numbers(y, classes):
    """The labels `y` (n,) as int64, each one checked to lie in 0 .. classes - 1.

    >>> class_numbers([2.0, 0.0], classes=3)
    array([2, 0])

    Raises:
        ValueError: `y` is not (n,), holds a number that is not whole, or one outside 0 .. classes - 1.
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"class numbers must be (n,), got {y.shape}. Take argmax(axis=-1) of one-hot rows.")
    if y.size and not np.all(y == np.floor(y)):
        raise ValueError(
            f"class numbers must be whole, got {y[y != np.floor(y)][0]}. Are these targets of a regression?"
        )
    if y.size and (y.min() < 0 or y.max() >= classes):
        raise ValueError(f"labels run from {y.min():g} to {y.max():g}, expected 0 to {classes - 1}. Count from 0.")
    return y.astype("int64")


def one_hot(y, classes):
    """Rows with a 1 at the class and 0 elsewhere: y (n,) -> (n, classes) float.

    >>> one_hot([1, 0], classes=3)
    array([[0., 1., 0.],
           [1., 0., 0.]])

    Raises:
        ValueError: a label is not a whole number in 0 .. classes - 1.
    """
    return np.eye(classes)[class_numbers(y, classes)]
