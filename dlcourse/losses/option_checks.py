"""What losses refuse of their options."""

import math
from numbers import Real


def at_least(loss, least, **given):
    """ValueError for an option that is no finite number from `least` on."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not least <= value < math.inf:
            raise ValueError(f"{type(loss).__name__}: {name} is a finite number >= {least:g}, got {value!r}.")
