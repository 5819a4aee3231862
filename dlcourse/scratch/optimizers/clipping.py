"""Clipping: keep a gradient that is too long from throwing the weights out of the valley.

Each takes one array or a list of arrays and returns new ones in the same form.
Source: Pascanu, Mikolov & Bengio 2013, algorithm 1, for clipping by norm.
"""

import numpy as np

from dlcourse.scratch.optimizers.arrays import unpack
from dlcourse.scratch.optimizers.scalars import positive


def clip_by_value(gradients, limit):
    """Each number into [-limit, limit]. The direction changes.  Keras: `clipvalue`

    >>> clip_by_value([3.0, -0.5], 1.0)
    array([ 1. , -0.5])

    Raises:
        ValueError: gradients that are not finite floats, or a limit that is not above 0. So do all below.
    """
    limit = positive(limit, "limit")
    arrays, pack = unpack(gradients, "gradients")
    return pack([np.clip(g, -limit, limit) for g in arrays])


def clip_by_norm(gradients, limit):
    """Each array on its own to a length of at most `limit`. Its direction is kept.  Keras: `clipnorm`

    g <- g * limit / max(|g|, limit)

    >>> clip_by_norm([3.0, -4.0], 1.0)
    array([ 0.6, -0.8])
    """
    limit = positive(limit, "limit")
    arrays, pack = unpack(gradients, "gradients")
    return pack([g * (limit / max(global_norm(g), limit)) for g in arrays])


def clip_by_global_norm(gradients, limit):
    """All arrays by one factor, so that together they are at most `limit` long.  Keras: `global_clipnorm`

    The direction of the step in the space of all weights is kept, and with it the share of each layer.

    >>> clip_by_global_norm([np.array([3.0]), np.array([-4.0])], 1.0)
    [array([0.6]), array([-0.8])]
    """
    limit = positive(limit, "limit")
    arrays, pack = unpack(gradients, "gradients")
    factor = limit / max(global_norm(arrays), limit)
    return pack([g * factor for g in arrays])


def global_norm(gradients):
    """Euclidean length of all the numbers of all arrays together.

    >>> global_norm([np.array([3.0]), np.array([[4.0]])])
    5.0
    """
    arrays, _ = unpack(gradients, "gradients")
    return float(np.sqrt(sum(np.sum(np.square(g)) for g in arrays)))
