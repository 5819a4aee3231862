"""Tensors cut along their channels: what is summed over pixels goes several times as fast with a map for each class.

Along a last axis of three channels a loop leaves the wide registers of a processor empty, and neither XLA nor PyTorch
turns it round. A map of one channel runs along the pixels. With many classes, many maps take long to compile.
"""

from functools import reduce
from itertools import accumulate

from keras import ops

FEW = 8  # classes, at most, that get a map each


def widths_of(k):
    """How many channels each map has: one, or where there are many all of them.

    >>> widths_of(21)
    [21]
    """
    return [1] * k if k <= FEW else [k]


def cut(x, widths):
    """Cut along the last axis: (..., k) -> a list of (..., m)

    >>> [part.shape[-1] for part in cut(ops.ones((2, 5)), [2, 3])]
    [2, 3]
    """
    ends = accumulate(widths)  # slices, not `ops.split`: XLA reads them where they are needed
    return [x] if len(widths) == 1 else [x[..., end - m : end] for m, end in zip(widths, ends, strict=True)]


def joined(maps):
    """The inverse of `cut`: a list of (..., m) -> (..., k)

    >>> joined([ops.ones((2, 2)), ops.ones((2, 3))]).shape[-1]
    5
    """
    return maps[0] if len(maps) == 1 else ops.concatenate(maps, axis=-1)


def all_channels(maps):
    """Where all channels of all maps are true: a list of (..., m) -> (..., 1)

    >>> bool(all_channels([ops.ones((1, 2), "bool"), ops.zeros((1, 1), "bool")])[0, 0])
    False
    """
    return reduce(ops.logical_and, [ops.all(part, axis=-1, keepdims=True) for part in maps])


def softmax_of(maps):
    """Softmax over the channels of all maps: a list of (..., m) -> a list of (..., m)

    >>> [round(float(p[0, 0]), 2) for p in softmax_of([ops.zeros((1, 1)), ops.log(3 * ops.ones((1, 1)))])]
    [0.25, 0.75]
    """
    if len(maps) == 1:
        return [ops.softmax(maps[0], axis=-1)]
    largest = ops.stop_gradient(reduce(ops.maximum, maps))
    powers = [ops.exp(part - largest) for part in maps]
    total = reduce(ops.add, powers)
    return [power / total for power in powers]
