"""What every schedule asks of its arguments."""

import math
import numbers

import numpy as np

LAST_STEP = 2**31 - 1
"""The largest step that all backends count to: JAX counts in 32 bits."""


def whole(owner, name, value, most=LAST_STEP):
    """`value` as an int from 1 to `most`; ValueError for anything else, in the name of `owner`'s argument `name`."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and 1 <= value <= most:
        return int(value)
    raise ValueError(
        f"{owner} counts {name} in steps (batches), a whole number from 1 to {most}, got {name}={value!r}. "
        "For epochs, multiply by the steps of one epoch."
    )


def real(owner, name, value, wanted, holds):
    """`value` as a finite float for which `holds`; ValueError otherwise, with `wanted` as the words for it."""
    known = isinstance(value, (numbers.Real, np.generic)) and not isinstance(value, (bool, np.bool_))
    number = float(value) if known else math.nan
    if math.isfinite(number) and holds(number):
        return number
    raise ValueError(f"{owner} needs {name} to be {wanted}, got {name}={value!r}. Pass such a number.")


def positive(owner, name, value):
    """`value` as a finite float above 0."""
    return real(owner, name, value, "a finite number above 0", lambda number: number > 0)


def between(owner, name, value, low, high):
    """`value` as a float with low <= value <= high."""
    return real(owner, name, value, f"a number from {low} to {high}", lambda number: low <= number <= high)


def factor(owner, name, value):
    """`value` as a float in (0, 1]."""
    return real(owner, name, value, "a number above 0 and at most 1", lambda number: 0 < number <= 1)
