"""Rows of two data sets in a form in which equal rows are equal bytes."""

import numpy as np
import pandas as pd


def comparable_rows(first, second):
    """Two data sets as matrices in which a row means the same in both.

    Arrays are flattened to one row an example. Columns of two DataFrames are matched by name, in any order. Numbers
    are compared by value: int 1, float 1.0 and True are equal, so are 0.0 and -0.0, and where one side holds floats
    of fewer bits both are rounded to these. Anything else (text, categories, dates) becomes a code by its value.
    NaN and missing values equal each other and nothing else.

    Shapes:  (n, ...), (m, ...) -> (n, d), (m, d) float64, and a flag (d,) that is true where a column holds codes
    Errors:  ValueError where the two have different columns or examples of different shapes, or are no tables
    """
    pairs = list(_columns(first, second))
    if not pairs:
        return np.zeros((len(first), 0)), np.zeros((len(second), 0)), np.zeros(0, bool)
    numbers = [_same_kind(a, b) for a, b in pairs]
    coded = np.concatenate([flag for _, _, flag in numbers])
    return np.concatenate([a for a, _, _ in numbers], axis=1), np.concatenate([b for _, b, _ in numbers], axis=1), coded


def _columns(first, second):
    """Pairs of blocks (n, d), (m, d), each of one type."""
    frames = [isinstance(part, pd.DataFrame) for part in (first, second)]
    if all(frames):
        if set(first.columns) != set(second.columns) or first.columns.has_duplicates:
            raise ValueError(
                f"both tables must have the same columns, each once; got {list(first.columns)} and "
                f"{list(second.columns)}. Drop or rename what differs."
            )
        for name in first.columns:
            yield first[name].to_numpy()[:, None], second[name].to_numpy()[:, None]
        return
    if any(frames):
        raise ValueError("got a DataFrame and an array. Pass two of a kind: frame.to_numpy() makes an array.")
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim == 0 or first.shape[1:] != second.shape[1:]:
        raise ValueError(f"examples must have one shape, got {first.shape[1:]} and {second.shape[1:]}. Resize or crop.")
    width = int(np.prod(first.shape[1:], dtype=int))
    yield first.reshape(len(first), width), second.reshape(len(second), width)


def _same_kind(a, b):
    kinds = {a.dtype.kind, b.dtype.kind}
    if kinds <= set("biuf"):
        bits = [part.dtype.itemsize for part in (a, b) if part.dtype.kind == "f"]
        if not bits and kinds & set("iu") and max(_size(a), _size(b)) > 2**53:
            return _codes(a.astype(object), b.astype(object))  # float64 would make neighbours equal
        narrow = np.dtype(f"f{min(bits)}") if bits else np.dtype("f8")
        with np.errstate(over="ignore"):
            a, b = (part.astype(narrow).astype("f8") + 0.0 for part in (a, b))  # + 0.0: no negative zero
        return a, b, np.zeros(a.shape[1], bool)
    return _codes(a, b)


def _size(part):
    return max((abs(int(part.max())), abs(int(part.min())))) if part.size else 0


def _codes(a, b):
    together = np.concatenate([a.ravel().astype(object), b.ravel().astype(object)])
    codes, _ = pd.factorize(together)  # -1 for missing values
    codes = codes.astype("f8")
    return codes[: a.size].reshape(a.shape), codes[a.size :].reshape(b.shape), np.ones(a.shape[1], bool)
