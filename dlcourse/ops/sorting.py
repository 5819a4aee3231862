"""Rows of integers put in order, and what can be asked of rows that are.

XLA sorts by one comparison after the other, which on a processor takes several times as long as the sorts of other
libraries. A sorting network takes the smaller and the larger of whole tensors instead, which XLA compiles well.
"""

from functools import cache
from importlib import import_module

import keras
import numpy as np
from keras import ops

from dlcourse.ops.autodiff import compiled

LAST = 2**31 - 1  # the largest int32, behind which nothing comes


def in_order(keys):
    """Each row in ascending order, and at which place of it every key stands, the first of those that are alike.

    Shapes:  keys (..., n), int32 -> rows and places, two of (..., n), int32

    >>> rows, places = in_order(np.array([[3, 1, 2, 1]], "int32"))
    >>> np.array(rows).tolist(), np.array(places).tolist()
    ([[1, 1, 2, 3]], [[3, 0, 2, 0]])
    """
    keys = ops.convert_to_tensor(keys)
    if keras.backend.backend() == "torch":
        return _in_order_by_torch(keys)
    if hasattr(keys, "numpy"):  # TensorFlow outside a graph, where its own sort is fast and compiling is not
        rows = ops.sort(keys, axis=-1)
        return rows, _first_places(rows, keys)
    return _compiled()(keys)


def sorted_rows(x):
    """Each row in ascending order, by Batcher's bitonic network.

    Shapes:  x (..., n), int32 -> (..., n)
    Cost:    m (m + 1) / 2 passes over rows that are filled up to 2^m
    Source:  Batcher 1968

    >>> np.array(sorted_rows(np.array([[3, 1, 2]], "int32"))).tolist()
    [[1, 2, 3]]
    """
    x = ops.convert_to_tensor(x)
    shape, n = ops.shape(x), x.shape[-1]
    depth = _doublings(n)
    x = ops.pad(x, [*[(0, 0)] * (len(shape) - 1), (0, 2**depth - n)], constant_values=LAST)
    # A row is a matrix. What is compared lies in one column, of it or of its transpose: loops run along the other axis.
    width = 2 ** (depth - depth // 2)
    place, turned, upright = np.arange(2**depth, dtype="int32").reshape(-1, width), 0, True
    x = ops.reshape(x, (-1, *place.shape))
    for level in range(depth):
        # Runs of twice the length are to rise and fall by turns. ~x turns the order round, so that all of them rise.
        falling = -(place >> (level + 1) & 1)
        x = ops.bitwise_xor(x, falling ^ turned if upright else (falling ^ turned).T)
        turned = falling
        for stride in (2**power for power in range(level, -1, -1)):
            if upright != (stride >= width):
                x, upright = ops.swapaxes(x, 1, 2), not upright
            x = _compared(x, stride // width if upright else stride)
    x = x if upright else ops.swapaxes(x, 1, 2)
    return ops.reshape(x, (*shape[:-1], 2**depth))[..., :n]


def run_ends(rows):
    """Behind which place the run of equal values ends that a place belongs to.

    Shapes:  rows (..., n), equal values side by side -> (..., n), int32, from 1 to n

    >>> np.array(run_ends(np.array([[1, 2, 2, 5]], "int32"))).tolist()
    [[1, 3, 3, 4]]
    """
    rows = ops.convert_to_tensor(rows)
    n = ops.shape(rows)[-1]
    place = ops.arange(n, dtype="int32")
    same = ops.logical_and(ops.equal(rows, ops.roll(rows, -1, axis=-1)), place < n - 1)
    ends = ops.where(same, n, place + 1)
    for step in (2**power for power in range(_doublings(rows.shape[-1]))):  # the least of all that follow
        ends = ops.minimum(ends, ops.where(place < n - step, ops.roll(ends, -step, axis=-1), n))
    return ends


def _first_places(rows, keys):
    """By bisection. A loop, not a chain of lookups, which XLA would melt into one another and repeat."""
    n, doublings = ops.shape(rows)[-1], _doublings(rows.shape[-1])

    def step(i, before):
        further = before + ops.left_shift(ops.ones_like(before), ops.cast(doublings - 1 - i, "int32"))
        value = ops.take_along_axis(rows, ops.minimum(further, n) - 1, axis=-1)
        return ops.where(ops.logical_and(further < n, value < keys), further, before)

    return ops.fori_loop(0, doublings, step, ops.zeros_like(keys))


@cache
def _compiled():
    """Compiled by itself too, for graphs that are not, and for JAX, which would compile the loop at each call."""

    def ordered(keys):
        rows = ops.sort(keys, axis=-1) if keys.shape[-1] is None else sorted_rows(keys)
        return rows, _first_places(rows, keys)

    return compiled(ordered, check_nan=False)


def _in_order_by_torch(keys):
    torch = import_module("torch")
    rows, order = torch.sort(keys, dim=-1)
    place = torch.arange(keys.shape[-1], device=keys.device).expand_as(order)
    first = torch.cat([torch.ones_like(rows[..., :1], dtype=torch.bool), rows[..., 1:] != rows[..., :-1]], dim=-1)
    starts = torch.cummax(torch.where(first, place, 0), dim=-1).values
    return rows, torch.empty_like(starts).scatter_(-1, order, starts).to(torch.int32)


def _compared(x, stride):
    """The smaller before the larger of each two rows of a matrix so far apart: (b, r, w) -> (b, r, w)"""
    _, r, w = x.shape
    x = ops.reshape(x, (-1, r // (2 * stride), 2, stride, w))
    one, other = x[:, :, 0], x[:, :, 1]
    return ops.reshape(ops.stack([ops.minimum(one, other), ops.maximum(one, other)], axis=2), (-1, r, w))


def _doublings(n):
    """The least m with 2^m >= n; that of the largest tensor where n is open."""
    return 31 if n is None else (n - 1).bit_length()
