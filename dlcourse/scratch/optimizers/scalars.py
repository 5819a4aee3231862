"""Rates, shares of the past and counts: the plain numbers that every optimizer of this folder takes."""

import numpy as np


def positive(value, name):
    """`value`, if it is a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < np.inf:
        raise ValueError(f"{name} must be a number above 0, got {value!r}. Name a small positive one, such as 0.01.")
    return float(value)


def fraction(value, name):
    """`value`, if it is a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < 1:
        raise ValueError(
            f"{name} must lie in [0, 1), got {value!r}. It is the share of the past that is kept, such as 0.9."
        )
    return float(value)


def count(value, name, least=0):
    """`value`, if it is a whole number from `least` up."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} up, got {value!r}. Write 1000 for 1e3.")
    return int(value)


def schedule(rate, name="rate"):
    """A function of the step 0, 1, ... that gives the rate, from a number or from such a function.

    A number must be above 0. A function may return 0, as a warm-up does at first, but nothing below.

    >>> schedule(0.1)(5), schedule(lambda step: 1 / (1 + step))(3)
    (0.1, 0.25)

    Raises:
        ValueError: a number that is not above 0; later, a function that returns anything but a finite number >= 0.
    """
    if not callable(rate):
        constant = positive(rate, name)
        return lambda step: constant

    def checked(step):
        value = float(rate(step))
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} at step {step} must be finite and at least 0, got {value}. Mend the schedule.")
        return value

    return checked
