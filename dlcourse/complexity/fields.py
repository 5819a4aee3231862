"""Receptive field and stride of every tensor of a net, by the recursion r += (k - 1) j, j *= s."""

from fractions import Fraction
from math import ceil
from typing import NamedTuple

from dlcourse.complexity.cost import as_tuple


class Field(NamedTuple):
    """How a tensor lies over the input of the model, one entry for each spatial axis of that input.

    size: inputs that one entry of the tensor depends on at most (r); stride: inputs between two of its neighbours (j);
    extent: length of the input itself. A model of plain vectors has no such axis: all three are ().
    """

    size: tuple
    stride: tuple
    extent: tuple


def start(shape, channels_first=False):
    """The field of the input of a model: every entry sees itself."""
    extent = spatial(shape, channels_first)
    return Field((1,) * len(extent), (1,) * len(extent), extent)


def spatial(shape, channels_first=False):
    """The axes of a shape that are neither batch nor channels: (1, h, w, c) -> (h, w)"""
    return tuple(shape[2:] if channels_first else shape[1:-1])


def through(field, cost, before, after):
    """The field behind a layer with the window of `cost`. `before` and `after` are the spatial axes around it.

    >>> from dlcourse.complexity.cost import Cost
    >>> field = through(start((1, 224, 224, 3)), Cost(0, kernel=7, strides=2), (224, 224), (112, 112))
    >>> field.size, [int(stride) for stride in field.stride]
    ((7, 7), [2, 2])
    """
    if cost.kernel == "tokens":
        return Field((1,) * len(after), (1,) * len(after), tuple(after))
    if field is None or cost.kernel is None:
        return None
    axes = len(field.size)
    if not axes:
        return field
    aligned = len(before) == axes
    if cost.kernel == "all":
        return _whole(field, before if aligned else None, after)
    if not aligned:  # vectors, or patches in a row: nothing to slide over
        return field if not before or {cost.kernel, cost.strides} == {1} else None
    kernel, strides, dilation = (as_tuple(value, axes) for value in (cost.kernel, cost.strides, cost.dilation))
    size = tuple(r + (k - 1) * d * j for r, k, d, j in zip(field.size, kernel, dilation, field.stride, strict=True))
    stride = tuple(j * Fraction(s) for j, s in zip(field.stride, strides, strict=True))
    return field._replace(size=size, stride=stride)


def merge(fields, maps, merged):
    """The field of a merge: the largest of its inputs; the stride of those that lie as it does.

    Args:
        fields: list of `Field`, or None where one is unknown.
        maps: the spatial axes of each input.
        merged: the spatial axes of the merge.
    """
    if any(field is None for field in fields):
        return None
    known = [(field, axes) for field, axes in zip(fields, maps, strict=True) if field.size]
    if not known:
        return Field((), (), ())
    if len({len(field.size) for field, _ in known}) > 1:
        return None
    like = [field.stride for field, axes in known if tuple(axes) == tuple(merged)] or [
        field.stride for field, _ in known
    ]
    return Field(
        tuple(max(sizes) for sizes in zip(*(field.size for field, _ in known), strict=True)),
        tuple(max(strides) for strides in zip(*like, strict=True)),
        tuple(max(extents) for extents in zip(*(field.extent for field, _ in known), strict=True)),
    )


def _whole(field, before, after):
    """Behind a layer that sees all positions: the window is as long as the map."""
    lengths = before or tuple(ceil(e / j) for e, j in zip(field.extent, field.stride, strict=True))
    size = tuple(r + (n - 1) * j for r, n, j in zip(field.size, lengths, field.stride, strict=True))
    if before and len(after) == len(before):
        strides = tuple(Fraction(n, m) for n, m in zip(before, after, strict=True))
    elif before is None:
        strides = (1,) * len(lengths)
    else:
        strides = lengths
    return field._replace(size=size, stride=tuple(j * s for j, s in zip(field.stride, strides, strict=True)))
