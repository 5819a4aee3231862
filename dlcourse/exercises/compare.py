"""Say in words how a learner's result differs from the expected one, and print values briefly."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AtLeast:
    """An expectation that any number from `bar` up meets."""

    bar: float

    def __str__(self):
        return f"at least {self.bar:g}"


@dataclass(frozen=True)
class AtMost:
    """An expectation that any number up to `bar` meets."""

    bar: float

    def __str__(self):
        return f"at most {self.bar:g}"


def difference(expected, got, rtol=1e-5):
    """None where `got` is as expected, else one line that says how it is not.

    Numbers and arrays agree within `rtol` (relative, and absolute near 0) and in shape; NaN agrees with nothing
    but NaN. Tuples and dicts agree piece by piece. Text agrees whatever its case and outer spaces.

    >>> difference(np.ones(3), np.ones((3, 1)))
    'shape (3, 1), expected shape (3,)'
    >>> difference(2.0, 2.0 + 1e-9) is None
    True
    """
    if isinstance(expected, AtLeast | AtMost):
        return _off_bar(expected, got)
    if isinstance(expected, dict):
        return _dict_difference(expected, got, rtol)
    if isinstance(expected, tuple):
        return _tuple_difference(expected, got, rtol)
    if isinstance(expected, str):
        same = isinstance(got, str) and got.strip().lower() == expected.strip().lower()
        return None if same else f"{got}"
    return _array_difference(np.asarray(expected), got, rtol)


def as_array(value):
    """A NumPy array of any array-like: lists, numbers, tensors of every backend (detached, on the CPU)."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


def brief(value, limit=240):
    """One line for a value: small arrays whole, large ones by shape and their first numbers.

    >>> brief(np.zeros((50, 4)))
    'array of shape (50, 4): 0, 0, 0, 0, 0, 0, ...'
    """
    if isinstance(value, AtLeast | AtMost | str):
        text = str(value)
    elif isinstance(value, dict):
        text = ", ".join(f"{key} = {brief(part)}" for key, part in value.items())
    elif isinstance(value, tuple):
        text = "(" + ", ".join(brief(part) for part in value) + ")"
    else:
        text = _brief_array(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _brief_array(value):
    try:
        array = as_array(value)
    except Exception:
        return repr(value)
    if array.dtype == object:
        return repr(value)
    if array.ndim == 0 and np.issubdtype(array.dtype, np.floating):
        return f"{array:.6g}"
    if array.size <= 24:
        return np.array2string(array, precision=4, separator=", ", suppress_small=True)
    first = ", ".join(f"{number:.4g}" for number in array.ravel()[:6].astype(float))
    return f"array of shape {array.shape}: {first}, ..."


def _off_bar(bar, got):
    try:
        number = float(as_array(got))
    except (TypeError, ValueError):
        return f"{brief(got)}, expected one number, {bar}"
    good = number >= bar.bar if isinstance(bar, AtLeast) else number <= bar.bar  # NaN meets neither
    return None if good else f"{number:.4g}"


def _dict_difference(expected, got, rtol):
    if not isinstance(got, dict):
        return f"{brief(got)}, expected a dict with the keys {', '.join(map(str, expected))}"
    if set(got) != set(expected):
        return f"the keys {', '.join(map(str, got))}, expected {', '.join(map(str, expected))}"
    for key, value in expected.items():
        found = difference(value, got[key], rtol)
        if found is not None:
            return f"for {key}: {found}, expected {brief(value)}"
    return None


def _tuple_difference(expected, got, rtol):
    if not isinstance(got, tuple | list):
        shape = getattr(got, "shape", ())
        if len(shape) == 0 or shape[0] != len(expected):
            what = f"an array of shape {tuple(shape)}" if len(shape) else f"one {type(got).__name__}"
            return f"{what}, expected {len(expected)} values"
        got = as_array(got)  # its rows are the values
    if len(got) != len(expected):
        return f"{len(got)} values, expected {len(expected)}"
    for place, (want, have) in enumerate(zip(expected, got, strict=True), start=1):
        found = difference(want, have, rtol)
        if found is not None:
            return f"as value {place}: {found}"
    return None


def _array_difference(expected, got, rtol):
    if isinstance(got, Generator):
        return "a generator: use `return`, or list(...) around it"
    try:
        array = as_array(got)
    except (TypeError, ValueError) as error:
        return f"{type(got).__name__}, which is no array ({error})"
    if array.dtype.kind in "US" and expected.dtype.kind not in "US":
        return f"the text {got!r}, expected numbers" if isinstance(got, str) else f"text: {brief(got)}"
    if array.dtype.kind == "c":
        return f"complex numbers: {brief(array.ravel()[0])}, ..."
    if array.dtype.kind == "O" or (expected.dtype.kind in "US" and array.dtype.kind not in "US"):
        return f"{type(got).__name__} {got!r}"[:200]
    if array.shape != expected.shape:
        return f"shape {array.shape}, expected shape {expected.shape}"
    if expected.dtype.kind in "US":
        return None if np.array_equal(array, expected) else brief(array)
    given, array, expected = array, array.astype(float), expected.astype(float)
    close = np.isclose(array, expected, rtol=rtol, atol=rtol * 1e-2, equal_nan=True)
    if close.all():
        return None
    if array.size <= 24:
        return brief(given)
    return f"{(~close).sum()} of {array.size} entries off, the largest by {np.nanmax(np.abs(array - expected)):.3g}"
