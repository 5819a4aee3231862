"""The artificial neuron and Rosenblatt's perceptron rule."""

from typing import NamedTuple

import numpy as np

from dlcourse.scratch.samples import samples


class Fit(NamedTuple):
    """What a training run leaves behind.

    w: (d,) weights;  b: bias;  history: (epochs,) mistakes, or mean squared errors
    """

    w: np.ndarray
    b: float
    history: np.ndarray


def step(z):
    """1 where z >= 0, else 0.  (...) -> (...) integers"""
    return (np.asarray(z) >= 0).astype(int)


def neuron(x, w, b):
    """A neuron with a step activation.  x (n, d), w (d,), b a number -> (n,) of 0 and 1

    Source: McCulloch & Pitts 1943; Rosenblatt 1958
    """
    return step(x @ w + b)


def _with_classes(x, t):
    """`x` (n, d) and `t` (n,) as float64 arrays, where t holds nothing but 0 and 1."""
    x, t = samples(x, t)
    other = t[(t != 0) & (t != 1)]
    if len(other):
        raise ValueError(f"t must be 0 and 1, got {other[0]:g}; map -1 and 1 by (t + 1) / 2, a class k by t == k.")
    return x, t


def train_perceptron(x, t, epochs=1000, w=None, b=0.0):
    """Visit the rows in order and correct each mistake: w += (t - y) x, b += (t - y).

    Stops after the first epoch without a mistake. `history` counts the mistakes of each epoch, so
    `history[-1] == 0` says that a separating line was found, and `history.sum()` how many corrections it took.

    Shapes:  x (n, d); t (n,) of 0 and 1; w (d,), zeros unless given
    Errors:  ValueError if x and t do not fit each other, are not finite, or t holds another number, such as -1
    Source:  Rosenblatt 1958
    """
    x, t = _with_classes(x, t)
    w = np.zeros(x.shape[1]) if w is None else np.array(w, dtype=float)
    history = []
    for _ in range(epochs):
        mistakes = 0
        for row, target in zip(x, t, strict=True):
            error = target - (row @ w + b >= 0)  # -1, 0 or 1
            if error:
                w += error * row
                b += error
                mistakes += 1
        history.append(mistakes)
        if mistakes == 0:
            break
    return Fit(w, float(b), np.array(history))


def mistake_bound(x, t, w, b):
    """Novikoff's bound (R / g)^2 on the corrections of `train_perceptron` from zero, given one separating line.

    R is the length of the longest row and g the smallest distance to the line, both with the bias counted as one
    more weight on a constant input of 1. Any separating (w, b) gives a valid bound; a wide margin a tight one.

    Shapes:  x (n, d); t (n,) of 0 and 1; w (d,)
    Range:   [1, inf); inf where (w, b) does not separate
    Errors:  ValueError for x and t as in `train_perceptron`
    Source:  Novikoff 1962
    """
    (x, t), w = _with_classes(x, t), np.asarray(w, dtype=float)
    reach = (x**2).sum(axis=1).max() + 1
    signed = (2 * t - 1) * (x @ w + b)
    margin = signed.min() / np.sqrt(w @ w + b * b)
    return float(reach / margin**2) if margin > 0 else np.inf
