"""The adaptive linear element of Widrow and Hoff, and its delta rule."""

import numpy as np

from dlcourse.scratch.perceptron import Fit
from dlcourse.scratch.samples import samples


def train_adaline(x, t, rate, epochs, w=None, b=0.0):
    """Visit the rows in order and apply the delta rule to each: e = t - (w x + b), w += rate e x, b += rate e.

    The error is taken before the step activation, so it is a number with a size, and every row teaches.
    `history` holds the mean of e^2 over each epoch.

    Shapes:  x (n, d); t (n,) targets of any size, often -1 and 1; w (d,), zeros unless given
    Errors:  ValueError if x and t do not fit each other or are not finite
    Source:  Widrow & Hoff 1960
    """
    x, t = samples(x, t)
    w = np.zeros(x.shape[1]) if w is None else np.array(w, dtype=float)
    history = []
    for _ in range(epochs):
        squares = 0.0
        for row, target in zip(x, t, strict=True):
            error = target - (row @ w + b)
            w += rate * error * row
            b += rate * error
            squares += error * error
        history.append(squares / len(x))
    return Fit(w, float(b), np.array(history))
