"""Shapes of which some axes are open."""


def agree(received, expected):
    """Whether two shapes are the same as far as they are known: tuples, None where an axis is open.

    >>> agree((None, 3), (2, 3)), agree((2, 3), (2,))
    (True, False)
    """
    return len(received) == len(expected) and all(
        a == b or a is None or b is None for a, b in zip(received, expected, strict=True)
    )
