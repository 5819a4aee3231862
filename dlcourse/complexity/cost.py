"""What a rule is told about a call of a layer, and what it answers."""

from math import prod
from typing import Any, NamedTuple

import keras


class Call(NamedTuple):
    """One call of a layer or of a function of keras.ops, on one example: every shape begins with the batch axis 1.

    inputs, outputs: lists of shapes, one a tensor. arguments: {name: value} as the layer's `call` has them, symbolic
    tensors where it has tensors.
    """

    layer: Any
    inputs: list
    outputs: list
    arguments: dict = {}  # noqa: RUF012  never written to


class Cost(NamedTuple):
    """What a call costs, and the window through which one output sees the input.

    macs:      multiply-adds of convolution, dense, recurrent and attention products
    other_ops: all else: biases, normalisation, activations, pooling, merges; one a number that is added, multiplied,
               compared or put through a function
    kernel:    size of the window over the spatial axes: an int, a tuple, "all" (the whole map), "tokens" (begins to
               count positions here), or None where no such window is known
    strides:   an int or a tuple; a fraction where the map grows. With "all" it follows from the shapes
    dilation:  an int or a tuple
    """

    macs: int
    other_ops: int = 0
    kernel: Any = 1
    strides: Any = 1
    dilation: Any = 1


def epilogue(layer, count):
    """Operations that follow the product: adding the bias, if there is one, and the built-in activation."""
    activation = getattr(layer, "activation", None)
    return count * (bool(getattr(layer, "use_bias", False)) + (activation not in (None, keras.activations.linear)))


def einsum_macs(equation, *shapes):
    """Multiply-adds of an einsum over two arrays: the product of the sizes of all its letters.

    Shapes:  one tuple an operand
    Errors:  ValueError where a shape does not fit its letters

    >>> einsum_macs("abc,cd->abd", (1, 5, 8), (8, 3))
    120
    """
    terms, sizes = equation.replace(" ", "").split("->")[0].split(","), {}
    for term, shape in zip(terms, shapes, strict=True):
        head, dots, tail = term.partition("...")
        if dots:
            middle = shape[len(head) : len(shape) - len(tail)]
            sizes.update({-1 - n: max(size, sizes.get(-1 - n, 1)) for n, size in enumerate(reversed(middle))})
        elif len(term) != len(shape):
            raise ValueError(
                f"einsum term {term!r} has {len(term)} axes, got the shape {shape}. Give one letter an axis."
            )
        sizes.update(zip(head, shape, strict=False))
        sizes.update(zip(reversed(tail), reversed(shape), strict=False))
    return prod(sizes.values())


def as_tuple(value, axes):
    """`value` for each of `axes` axes: 3 -> (3, 3); a tuple stays, if it has as many entries."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(values) != axes:
        raise ValueError(f"expected one number or one for each of {axes} axes, got {value}.")
    return values
