"""Tensors cut along their channels: what is summed over pixels goes several times as fast with a map for each class.

Along a last axis of three channels a loop leaves the wide registers of a processor empty, and neither XLA nor PyTorch
turns it round. In a map the channels, mostly one, come before space. With many classes, many maps take long to compile:
they share one.
"""

from functools import reduce

from keras import ops

FEW = 8  # classes, at most, that get a map each
_ACROSS = {  # over the channels within a map, and between maps
    "max": (ops.max, ops.maximum),
    "sum": (ops.sum, ops.add),
    "all": (ops.all, ops.logical_and),
    "any": (ops.any, ops.logical_or),
}


def cut(x):
    """A map for each channel, or where there are many one with all of them: (b, ..., k) -> a list of (b, m, ...)

    >>> [[part.shape[1] for part in cut(ops.ones((2, 4, 4, k)))] for k in (3, 21)]
    [[1, 1, 1], [21]]
    """
    k = x.shape[-1]  # slices, not `ops.split`: XLA reads them where they are needed
    return [ops.expand_dims(x[..., c], 1) for c in range(k)] if k <= FEW else [ops.moveaxis(x, -1, 1)]


def along_channels(values, like, dtype):
    """One value for each channel, cut as `like` (b, ..., k) is: (k,) -> a list of (1, m, 1, ...)

    >>> [float(part[0, 0, 0, 0]) for part in along_channels([1.0, 2.0], ops.zeros((5, 4, 4, 2)), "float32")]
    [1.0, 2.0]
    """
    return cut(ops.cast(ops.reshape(values, (*[1] * (len(like.shape) - 1), -1)), dtype))


def joined(maps):
    """All channels in one map: a list of (b, m, ...) -> (b, k, ...)

    >>> joined([ops.ones((2, 2, 4)), ops.ones((2, 3, 4))]).shape[1]
    5
    """
    return maps[0] if len(maps) == 1 else ops.concatenate(maps, axis=1)


def across(what, maps):
    """The "max", "sum", "all" or "any" of all channels: a list of (b, m, ...) -> (b, 1, ...)

    >>> float(across("max", [ops.ones((1, 1)), 3 * ops.ones((1, 1))])[0, 0])
    3.0
    """
    within, between = _ACROSS[what]
    return reduce(between, [part if part.shape[1] == 1 else within(part, axis=1, keepdims=True) for part in maps])


def softmax_of(maps):
    """Softmax over all channels: a list of (b, m, ...) -> a list of (b, m, ...)

    >>> [round(float(p[0, 0]), 2) for p in softmax_of([ops.zeros((1, 1)), ops.log(3 * ops.ones((1, 1)))])]
    [0.25, 0.75]
    """
    top = ops.stop_gradient(across("max", maps))
    powers = [ops.exp(part - top) for part in maps]
    below = across("sum", powers)
    return [power / below for power in powers]
