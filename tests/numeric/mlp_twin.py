"""A small net on Keras and the same net in NumPy, float64: loss, gradient by hand, Hessian by central differences."""

from types import SimpleNamespace

import keras
import numpy as np

from dlcourse.ops import loss_of_weights


def split(vector, like):
    """The vector (n,) as arrays like `like`."""
    ends = np.cumsum([w.size for w in like])[:-1]
    return [part.reshape(w.shape) for part, w in zip(np.split(vector, ends), like, strict=True)]


def _forward(weights, x, y):
    w, b, u, c = weights
    hidden = np.tanh(x @ w + b)  # (n, h)
    z = hidden @ u + c
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)  # (n, k)
    return hidden, p, -np.log(p[np.arange(len(y)), y]).mean()


def _gradient(weights, x, y):
    hidden, p, _ = _forward(weights, x, y)
    slope = (p - np.eye(p.shape[1])[y]) / len(y)
    below = slope @ weights[2].T * (1 - hidden**2)
    parts = [x.T @ below, below.sum(axis=0), hidden.T @ slope, slope.sum(axis=0)]
    return np.concatenate([part.ravel() for part in parts])


def net(seed=0):
    """A net 4 - 6 - 3 with tanh: `model`, `fn` of its weights, and of lists of arrays `loss`, `gradient`, `hessian`."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(40, 4)).astype("float32"), rng.integers(3, size=40)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(3)])
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 0.8, weight.shape).astype("float32"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    wide = x.astype("float64")

    def hessian(weights, h=1e-5):
        centre = np.concatenate([w.ravel() for w in weights]).astype("float64")
        steps = h * np.eye(len(centre))
        rows = [_gradient(split(centre + s, weights), wide, y) - _gradient(split(centre - s, weights), wide, y)
                for s in steps]  # fmt: skip
        return np.array(rows) / (2 * h)

    return SimpleNamespace(
        model=model,
        fn=loss_of_weights(model, loss, x, y),
        loss=lambda weights: _forward([w.astype("float64") for w in weights], wide, y)[2],
        gradient=lambda weights: _gradient([w.astype("float64") for w in weights], wide, y),
        hessian=hessian,
    )
