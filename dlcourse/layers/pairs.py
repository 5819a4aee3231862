"""Sizes that are given as one integer or as a pair: kernels, windows, strides."""

import operator


def pair(size, name, layer):
    """`size` as a pair of positive integers, where one integer stands for both axes.

    Errors:  ValueError that names `layer` and the argument `name`

    >>> pair(3, "kernel_size", "Conv"), pair([2, 1], "strides", "Conv")
    ((3, 3), (2, 1))
    """
    both = tuple(size) if isinstance(size, tuple | list) else (size, size)
    try:
        both = tuple(0 if isinstance(n, bool) else operator.index(n) for n in both)
    except TypeError:
        both = ()
    if len(both) != 2 or min(both) < 1:
        raise ValueError(f"{layer}: {name} must be an integer >= 1 or a pair of them, got {size!r}. 3 means (3, 3).")
    return both
