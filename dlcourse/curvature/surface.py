"""A loss as a landscape over its weights: height, slope and curvature at any point, compiled once."""

import numpy as np
from keras import ops

from dlcourse.curvature.flat import read_like, read_weights
from dlcourse.ops import compiled, hvp, value_and_grad
from dlcourse.ops.differentiable import with_value


class LossSurface:
    """The scalar function `fn` of a list of weights, compiled once for its value, its gradient and its curvature.

    Every function of this room takes a LossSurface in the place of `fn`. With one surface for many nets of one
    architecture, nothing is compiled twice. What `fn` closes over is fixed when it is compiled: after a change of the
    data or of batch-norm statistics, make a new surface.

    Args:
        fn: list of tensors -> scalar tensor, pure, as `ops.loss_of_weights` makes it.

    >>> surface = LossSurface(lambda w: ops.sum(w[0] ** 2) + w[1])
    >>> w = [np.array([1.0, -3.0], "float32"), np.array(2.0, "float32")]
    >>> surface.value(w), [g.tolist() for g in surface.gradient(w)[1]]
    (12.0, [[2.0, -6.0], 1.0])
    >>> [p.tolist() for p in surface.product(w, [np.array([1.0, 0.0], "float32"), np.array(1.0, "float32")])]
    [[2.0, 0.0], 0.0]
    """

    def __init__(self, fn):
        if not callable(fn):
            raise ValueError(f"a loss must be a function of a list of weights, got {type(fn).__name__}. "
                             "Make one by ops.loss_of_weights(model, loss, x, y).")  # fmt: skip
        self._value = compiled(with_value(fn, "LossSurface", ()), check_nan=False)
        self._gradient = compiled(lambda weights: value_and_grad(fn, weights))
        self._product = compiled(lambda weights, vectors: hvp(fn, weights, vectors))

    def value(self, weights):
        """fn(weights) as a float; NaN and infinity are returned as they are."""
        return float(ops.convert_to_numpy(self._value(read_weights(weights, "value"))))

    def gradient(self, weights):
        """fn(weights) as a float, and its gradient: arrays like the weights. ValueError where either is NaN."""
        value, gradients = self._gradient(read_weights(weights, "gradient"))
        return float(ops.convert_to_numpy(value)), [np.asarray(ops.convert_to_numpy(g)) for g in gradients]

    def product(self, weights, vectors):
        """The Hessian at `weights` times `vectors`: arrays like the weights. ValueError where one is NaN."""
        weights = read_weights(weights, "product")
        vectors = read_like(vectors, weights, "product", "vectors")
        return [np.asarray(ops.convert_to_numpy(p)) for p in self._product(weights, vectors)]


def as_surface(fn):
    """`fn` itself if it is a LossSurface, else a new one of it."""
    return fn if isinstance(fn, LossSurface) else LossSurface(fn)


def finite_value(surface, weights, caller):
    """surface.value(weights), refused with a ValueError where it is NaN or infinite."""
    value = surface.value(weights)
    if not np.isfinite(value):
        raise ValueError(f"{caller}: the loss at the weights is {value}. Look at the data and the weights, or take "
                         "weights from before training diverged.")  # fmt: skip
    return value
