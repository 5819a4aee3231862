"""Weights that make a net learn the narrow background between objects that touch."""

import math
from numbers import Real

from keras import ops

from dlcourse.ops.distance import distance_transform


def border_weights(instances, max_instances, w0=10.0, sigma=5.0, sampling=None):
    """What U-Net adds to the weight of a pixel that lies between two objects: most where the gap is narrowest.

    w(x) = w0 exp(-(d1(x) + d2(x))^2 / (2 sigma^2))

    d1 and d2 are the distances to the nearest and the second nearest object. Only the background is weighted: within an
    object the formula would give its rim as much as the gap, and the rim, being longer, would outweigh what the gap is
    to teach. A pixel far from a second object gets 0; so does every pixel of an image with fewer than two. As all
    objects are measured at once, the largest number of them has to be known: masks of 64 x 64 with 20 objects take the
    time of 20 distance transforms.

    Shapes:  instances (b, h, w), whole numbers, 0 for background, 1 .. n for objects -> (b, h, w), float32
    Args:    max_instances: the largest number of an object; w0 >= 0: the weight of a gap of width 0; sigma > 0: how
             fast it falls; sampling: as `distance_transform`
    Range:   [0, w0]; numbers above `max_instances` count as background
    Errors:  ValueError for another rank, an open size, or an option out of its range
    Source:  Ronneberger, Fischer & Brox 2015, equation 2, on the background, where its figure 3d shows the weight

    >>> import numpy as np
    >>> weights = border_weights(np.array([[[1, 1, 0, 2, 2]]]), max_instances=2, sigma=1.0)
    >>> [f"{weight:.2f}" for weight in np.array(weights)[0, 0]]
    ['0.00', '0.00', '1.35', '0.00', '0.00']
    """
    if isinstance(max_instances, bool) or not isinstance(max_instances, int) or max_instances < 1:
        raise ValueError(
            f"max_instances is a whole number >= 1, the largest number of an object, got {max_instances!r}."
        )
    for name, value, least in (("w0", w0, 0), ("sigma", sigma, 1e-6)):
        if isinstance(value, bool) or not isinstance(value, Real) or not least <= value < math.inf:
            raise ValueError(f"{name} is a finite number >= {least:g}, got {value!r}.")
    instances = ops.convert_to_tensor(instances)
    if len(instances.shape) != 3:
        raise ValueError(f"instances have shape (b, h, w), one number a pixel, got {tuple(instances.shape)}.")
    numbers = ops.cast(ops.arange(1, max_instances + 1), instances.dtype)
    own = ops.equal(ops.expand_dims(instances, -1), numbers)  # (b, h, w, n)
    there = ops.any(own, axis=(1, 2), keepdims=True)
    distances = ops.where(there, distance_transform(ops.logical_not(own), sampling), math.inf)
    if max_instances == 1:
        return ops.zeros_like(distances[..., 0])
    first = ops.min(distances, axis=-1, initial=math.inf)
    nearest = ops.equal(ops.expand_dims(ops.argmin(distances, axis=-1), -1), ops.arange(max_instances))
    second = ops.min(ops.where(nearest, math.inf, distances), axis=-1, initial=math.inf)
    weights = w0 * ops.exp(-ops.square(first + second) / (2 * sigma**2))
    return ops.where(ops.any(own, axis=-1), 0.0, weights)
