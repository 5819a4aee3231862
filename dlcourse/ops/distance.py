"""Exact Euclidean distances to the nearest zero of a mask, for every pixel at once, on any backend and under jit."""

import math
from functools import cache, partial
from numbers import Real

import keras
from keras import ops

from dlcourse.ops.autodiff import compiled

REACH = 8  # pixels by which a turn of the loop widens the search
NEAR_CACHE = 2**16  # numbers that a processor's cache holds; PyTorch's eager operations run on so many at a time


def distance_transform(mask, sampling=None):
    """How far each pixel is from the nearest pixel of its mask that is 0, measured between their centres.

    In each image, volume and channel for itself. Exact, like `scipy.ndimage.distance_transform_edt`: squared distances
    are whole numbers, which float32 holds without rounding up to 4,096 pixels. An image with no zero anywhere gives the
    length of its diagonal, sqrt(sum of (n * sampling)^2), throughout: more than any distance within it can be.

    Along the rows, two running counts find the nearest zero of each column. Along every other axis the squares d of the
    axes before are eroded by a parabola, d(x) <- min over j of d(x + j) + j^2, from small j to large, until j^2 exceeds
    every d. That takes O(N D) operations for N pixels and a largest distance D along an axis, all of them on whole
    arrays. No gradient passes: a mask has none.

    Shapes:  mask (b, h, w), (b, h, w, c) or, of volumes, (b, d, h, w, c), any dtype -> the same shape, float32
    Args:    sampling: the distance between neighbours along each of the two or three axes, 1 without
    Units:   those of `sampling`, else pixels
    Range:   0 where the mask is 0, up to the diagonal
    Errors:  ValueError for another rank, an open size, or a `sampling` that is not one positive number an axis
    Source:  Saito & Toriwaki 1994 (axis by axis); van den Boomgaard et al. 1996 (parabolic erosion)

    >>> import numpy as np
    >>> mask = np.ones((1, 4, 5))
    >>> mask[0, 3, 4] = 0
    >>> float(distance_transform(mask)[0, 0, 0])  # three down, four to the right
    5.0
    """
    mask = ops.convert_to_tensor(mask)
    rank, steps = _checked(tuple(mask.shape), sampling)
    return _transform(rank, steps)(mask)


def signed_distance(mask, sampling=None):
    """Distance to the nearest pixel beyond the edge: positive outside, where `mask` is 0, negative inside.

    It is never between -1 and 1: pixels on the two sides of an edge have -1 and 1 (for a `sampling` of 1). A mask that
    is empty gives the diagonal of `distance_transform` throughout, a full one its negative.

    Shapes, units, errors: those of `distance_transform`
    Source:  Kervadec et al. 2019, section 2.2

    >>> import numpy as np
    >>> np.array(signed_distance(np.array([[[0, 0, 1, 1, 1]]])))[0, 0].tolist()
    [2.0, 1.0, -1.0, -2.0, -3.0]
    """
    inside = ops.not_equal(ops.convert_to_tensor(mask), 0)
    both = distance_transform(ops.concatenate([~inside, inside], axis=0), sampling)
    outward, inward = ops.split(both, 2, axis=0)
    return outward - inward


@cache
def _transform(rank, steps):
    """The transform of masks with so many axes and these steps.

    Outside a compiled step JAX would compile the loops within at each call; compiled as a whole, they are kept.
    """
    transform = partial(_axis_by_axis, rank=rank, steps=steps)
    return compiled(transform, check_nan=False) if keras.backend.backend() == "jax" else transform


def _axis_by_axis(mask, rank, steps):
    space = tuple(range(1, 1 + len(steps)))
    diagonal = math.hypot(*(mask.shape[axis] * step for axis, step in zip(space, steps, strict=True)))
    inside = ops.not_equal(mask, 0)
    filled = ops.all(inside, axis=space, keepdims=True)
    there = [1, 0, *range(len(steps) + 1, rank), *space[1:]]  # the rows in front, the columns at the end
    d = _along_first(ops.transpose(ops.logical_and(inside, ~filled), there), steps[0], diagonal)
    for axis, step in enumerate(steps[1:], start=rank - len(steps) + 1):
        d = _along_front(ops.swapaxes(d, 0, axis), step, diagonal**2)  # where neighbours are whole arrays
        there[0], there[axis] = there[axis], there[0]
    d = ops.transpose(ops.sqrt(d), [there.index(axis) for axis in range(rank)])
    return ops.where(filled, diagonal, d)


def _along_first(inside, step, limit):
    """Squared distance to the nearest False along the first axis, at most limit**2."""

    def count(before, here):
        now = (before + 1.0) * here
        return now, now

    lines = ops.cast(inside, "float32")
    far = ops.full(ops.shape(lines)[1:], limit / step, dtype="float32")  # the batch may be of open size
    _, down = ops.scan(count, far, lines)
    _, up = ops.scan(count, far, lines, reverse=True)
    return ops.square(ops.minimum(ops.minimum(down, up) * step, limit))


def _along_front(d, step, limit):
    """Squares d eroded by a parabola along the first axis."""
    if keras.backend.backend() != "torch" or d.device.type != "cpu":
        return _eroded(d, step, limit)
    n, shape = d.shape[0], ops.shape(d)
    columns = ops.reshape(d, (n, math.prod(shape[1:])))
    parts = ops.array_split(columns, max(1, columns.shape[1] * n // NEAR_CACHE), axis=1)
    return ops.reshape(ops.concatenate([_eroded(part, step, limit) for part in parts], axis=1), shape)


def _eroded(d, step, limit):
    n, minimum = d.shape[0], _minimum_for(d)
    beyond = ops.full((REACH, *ops.shape(d)[1:]), limit, dtype="float32")
    shifts = ops.arange(1.0, REACH + 1, dtype="float32")

    def widen(reached, d, _):
        """From min over |j| <= k of d(x + j) + j^2 to the same over |j| <= k + REACH; (k + j)^2 - k^2 = 2 k j + j^2."""
        wide = ops.concatenate([beyond, d, beyond], axis=0)
        best = wide[REACH : REACH + n]
        raised = shifts * (2.0 * reached + shifts) * step**2
        for j in range(1, REACH + 1):
            nearest = minimum(wide[REACH - j : REACH - j + n], wide[REACH + j : REACH + j + n])
            best = minimum(best, nearest + raised[j - 1])
        reached = reached + REACH
        return reached, best, ops.max(best, initial=0.0) > ops.square(reached * step)

    start = (ops.zeros(()), d, ops.convert_to_tensor(True))
    return ops.while_loop(lambda reached, _, more: ops.logical_and(more, reached < n), widen, start)[1]


def _minimum_for(d):
    """The smaller of two such tensors. PyTorch's own: eagerly, Keras looks at dtypes for longer than it takes."""
    return type(d).minimum if keras.backend.backend() == "torch" else ops.minimum


def _checked(shape, sampling):
    """Rank, and the step along each axis of space; raises ValueError."""
    if len(shape) not in (3, 4, 5) or None in shape[1:]:
        raise ValueError(
            "A mask is an array (b, h, w), (b, h, w, c) or (b, d, h, w, c) of known sizes, got shape "
            f"{shape}. Add the axis of the batch with mask[None]."
        )
    count = 3 if len(shape) == 5 else 2
    steps = (1.0,) * count if sampling is None else sampling
    if not isinstance(steps, (tuple, list)) or len(steps) != count or not all(_is_positive(step) for step in steps):
        raise ValueError(f"sampling is one positive number for each of the {count} axes of space, got {sampling!r}.")
    return len(shape), tuple(float(step) for step in steps)


def _is_positive(step):
    return isinstance(step, Real) and 0 < step < math.inf
