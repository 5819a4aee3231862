"""A multi-layer perceptron on the autograd engine, and its training by mini-batch gradient descent."""

from itertools import pairwise

import numpy as np

from dlcourse.scratch.autograd import Value


def initial_weights(sizes, rng):
    """Kernels and biases for layers of these sizes, in the order of Keras's `get_weights`: W1, b1, W2, b2, ...

    A kernel from m to n units is uniform in +-sqrt(6 / (m + n)), biases are 0: what a Keras `Dense` layer starts with.

    >>> [w.shape for w in initial_weights([64, 32, 10], np.random.default_rng(0))]
    [(64, 32), (32,), (32, 10), (10,)]

    Source: Glorot & Bengio 2010, eq. 16
    """
    weights = []
    for m, n in pairwise(sizes):
        limit = np.sqrt(6 / (m + n))
        weights += [rng.uniform(-limit, limit, size=(m, n)), np.zeros(n)]
    return weights


class MLP:
    """Layers a = f(a W + b) in a row; the last one has no activation, so it gives scores.

    Args:
        weights: W1 (d, h), b1 (h,), W2, b2, ...; from `initial_weights`, or `get_weights()` of a Keras model. Copied.
        activation: name of a method of `Value`, such as "relu", "tanh" or "sigmoid".

    Raises:
        ValueError: a kernel without its bias, shapes that do not follow each other, or an unknown activation.
    """

    def __init__(self, weights, activation="relu"):
        if not callable(getattr(Value, activation, None)):
            raise ValueError(f"activation names a method of Value, got {activation!r}. Try 'relu', 'tanh', 'sigmoid'.")
        self.activation = activation
        self.weights = [Value(w, f"{'Wb'[i % 2]}{i // 2 + 1}") for i, w in enumerate(weights)]
        self.layers = list(zip(self.weights[::2], self.weights[1::2], strict=False))
        shapes = [w.data.shape for w in self.weights]
        kernels, biases = shapes[::2], shapes[1::2]
        if (
            not kernels
            or len(kernels) != len(biases)
            or any(len(k) != 2 or b != k[1:] for k, b in zip(kernels, biases, strict=True))
            or any(before[1] != after[0] for before, after in pairwise(kernels))
        ):
            raise ValueError(f"weights must be W1 (d, h), b1 (h,), W2 (h, k), b2 (k,), ..., got {shapes}.")

    def __call__(self, x):
        """Scores of the rows of `x`, an array or a Value: (n, d) -> Value (n, k)"""
        a = x if isinstance(x, Value) else Value(x, "x", constant=True)
        for i, (w, b) in enumerate(self.layers, start=1):
            z = a @ w + b  # pre-activation (n, units)
            z.name = f"z{i}"
            if i < len(self.layers):
                a = getattr(z, self.activation)()  # post-activation
                a.name = f"a{i}"
        return z


def mean_squared_error(outputs, targets):
    """Mean of (output - target)^2 over all entries: Value (n, k), array (n, k) -> Value ()

    Raises:
        ValueError: the shapes differ.
    """
    if outputs.data.shape != np.shape(targets):
        raise ValueError(
            f"outputs {outputs.data.shape} and targets {np.shape(targets)} must have one shape. Use y[:, None]."
        )
    return ((outputs - targets) ** 2).mean()


def training_step(model, x, y, rate, loss=Value.softmax_cross_entropy):
    """Forward, backward, and one step down the slope for every weight; returns the loss before it.

    Args:
        model: gives a Value for an array of rows, and has `weights`, a list of Values; they get new `data`.
        x, y: the batch, examples (n, d) and targets (n, ...).
        rate: length of the step in gradients.
        loss: loss(outputs, targets) -> scalar Value.
    """
    outcome = loss(model(x), y)
    outcome.backward()
    for w in model.weights:
        w.data = w.data - rate * w.gradient
    return float(outcome.data)


def train(model, x, y, batches, rate, loss=Value.softmax_cross_entropy):
    """A `training_step` for each batch of row numbers, as from `dlcourse.scratch.samples.batches`.

    Returns:
        the loss before each step (t,).
    """
    return np.array([training_step(model, x[rows], y[rows], rate, loss) for rows in batches])
