"""What every schedule asks of its arguments and of the step."""

import math
import numbers

import keras
import numpy as np
from keras import ops

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


def counted(step):
    """`step` (an int, or a tensor or variable of whole numbers, of any shape) as a tensor of at least 32 bits.

    A float is refused by its type, which is known while a backend traces: from 2**24 on, float32 skips steps.
    """
    if isinstance(step, numbers.Integral) and not isinstance(step, bool) and not 0 <= step <= LAST_STEP:
        raise ValueError(f"a schedule counts steps from 0 to {LAST_STEP}, got step={step}. Pass optimizer.iterations.")
    step = ops.convert_to_tensor(step)
    kind = keras.backend.standardize_dtype(step.dtype)
    if not kind.startswith(("int", "uint")):
        raise ValueError(
            f"a schedule takes a whole number as the step, got {kind}. Pass optimizer.iterations, or cast."
        )
    return step if kind in ("int32", "int64") else ops.cast(step, "int32")
