"""Several small networks trained at once: one for each seed, stacked along a leading axis, with the gradient by hand.

A result that rests on one start may be luck. Stacked, s nets cost little more than one, since NumPy multiplies whole
stacks of matrices. The weights are a list W1 (s, d, h), b1 (s, 1, h), W2, b2, ...; hidden layers are all tanh or all
relu, the output is a softmax. With one kernel and one bias it is softmax regression. Every rule that treats each number
by itself, as the optimizers do, treats each net by itself; a rule that looks at all numbers together does not.
"""

import numpy as np

from dlcourse.scratch.labels import class_numbers
from dlcourse.scratch.mlp import initial_weights
from dlcourse.scratch.softmax import softmax

_HIDDEN = {  # name: (activation of z, its slope by the activation a)
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
}


def starts(sizes, seeds, gain=1.0):
    """Weights of a net with layers of these sizes for each seed: Glorot's uniform kernels times `gain`, biases 0.

    Args:
        sizes: units of the input, of each hidden layer, and classes.
        seeds: how many nets; net i is drawn from the seed i.
        gain: factor of every kernel.

    >>> [w.shape for w in starts([64, 24, 10], seeds=5)]
    [(5, 64, 24), (5, 1, 24), (5, 24, 10), (5, 1, 10)]
    """
    nets = [initial_weights(sizes, np.random.default_rng(seed)) for seed in range(seeds)]
    stacked = [np.stack(arrays) for arrays in zip(*nets, strict=True)]
    return [gain * w if w.ndim == 3 else w[:, None] for w in stacked]


def orders(n, batch, epochs, seeds):
    """Row numbers of each step, mixed anew for each seed and each epoch: (steps, seeds, batch)

    What does not fill a batch at the end of an epoch is left out.

    >>> orders(10, batch=4, epochs=3, seeds=5).shape
    (6, 5, 4)

    Raises:
        ValueError: a batch that is not between 1 and n.
    """
    if not 1 <= batch <= n:
        raise ValueError(f"a batch holds 1 to {n} of the {n} rows, got batch={batch}. Choose a size in that range.")
    rngs = [np.random.default_rng(seed) for seed in range(seeds)]
    mixed = [[rng.permutation(n)[: n - n % batch].reshape(-1, batch) for _ in range(epochs)] for rng in rngs]
    return np.stack([np.concatenate(order) for order in mixed], axis=1)


def probabilities(w, x, hidden="tanh"):
    """What each net answers.  w as above for s nets, x (n, d) for all of them or (s, n, d) -> (s, n, k)"""
    return softmax(_forward(w, x, hidden)[-1])


def losses(w, x, y, hidden="tanh"):
    """Mean cross entropy of each net.  w for s nets, x (n, d) or (s, n, d), y (n,) or (s, n) class numbers -> (s,)"""
    p = probabilities(w, x, hidden)
    own = np.take_along_axis(p, _labels(y, p)[..., None], axis=-1)[..., 0]  # (s, n)
    return -np.log(np.maximum(own, np.finfo(float).tiny)).mean(axis=-1)


def gradient(w, x, y, hidden="tanh"):
    """The slope of each net's mean cross entropy in each of its weights, by backpropagation: a list like w.

    With p - y as the slope in the scores (`scratch.softmax`), each layer a -> f(a W + b) passes back
    dW = a^T dz,  db = sum(dz),  da = dz W^T, and f turns da into dz = da f'.

    Args:
        w, hidden: weights of s nets, and the activation of the hidden layers, "tanh" or "relu".
        x, y: examples (n, d) and class numbers (n,) for all nets, or (s, n, d) and (s, n), some for each.

    Raises:
        ValueError: an unknown activation, or labels out of range. So do `probabilities` and `losses`.
    """
    *inputs, z = _forward(w, x, hidden)
    slope = _HIDDEN[hidden][1]
    p = softmax(z)
    dz = ((p - np.eye(p.shape[-1])[_labels(y, p)]) / p.shape[-2]).astype(z.dtype)
    found = []
    for k in reversed(range(len(inputs))):
        found = [inputs[k].swapaxes(-1, -2) @ dz, dz.sum(axis=-2, keepdims=True), *found]
        if k:
            dz = dz @ w[2 * k].swapaxes(-1, -2) * slope(inputs[k])
    return found


def _forward(w, x, hidden):
    """What enters each layer, and last the scores."""
    if hidden not in _HIDDEN:
        raise ValueError(f"hidden layers are 'tanh' or 'relu', got {hidden!r}. Name one of the two.")
    values, last = [np.asarray(x)], len(w) // 2 - 1
    for k, (kernel, bias) in enumerate(zip(w[::2], w[1::2], strict=True)):
        z = values[-1] @ kernel + bias  # (s, n, units)
        values.append(z if k == last else _HIDDEN[hidden][0](z))
    return values


def _labels(y, p):
    y = np.asarray(y)
    return np.broadcast_to(class_numbers(y.ravel(), p.shape[-1]).reshape(y.shape), p.shape[:-1])
