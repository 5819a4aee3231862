"""The same example on both sides of a split, found by content."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from dlcourse.evaluation.rows import comparable_rows


@dataclass(frozen=True)
class Duplicates:
    """Examples of the test part that also stand, or nearly, in the training part.

    pairs:      (p, 2) row numbers (train, test), in the order of the test rows
    exact:      (p,) whether all values of the pair are equal
    train_size, test_size: how many rows there were
    """

    pairs: np.ndarray
    exact: np.ndarray
    train_size: int
    test_size: int

    def __len__(self):
        return len(self.pairs)

    @property
    def test_rows(self):
        """Row numbers of the test part to drop or to move, each once."""
        return np.unique(self.pairs[:, 1])

    def summary(self):
        """DataFrame with the rows exact and near: pairs, train_rows, test_rows (each row once), share_of_test.

        A test row with an exact double counts as exact only.
        """
        table, seen = {}, np.array([], int)
        for name, chosen in (("exact", self.exact), ("near", ~self.exact)):
            pairs = self.pairs[chosen]
            rows = np.setdiff1d(pairs[:, 1], seen)
            table[name] = {
                "pairs": len(pairs),
                "train_rows": len(np.unique(pairs[:, 0])),
                "test_rows": len(rows),
                "share_of_test": len(rows) / self.test_size if self.test_size else np.nan,
            }
            seen = rows
        return pd.DataFrame(table).T.astype({"pairs": int, "train_rows": int, "test_rows": int})


def duplicates_between(train, test, tolerance=0.0):
    """Examples that are in both parts of a split, whatever their order, type or place in memory.

    Exact doubles are found by a hash of each row (`rows.comparable_rows` says when two rows are equal). With a
    tolerance, pairs are near doubles if no value differs by more than that; text and missing values must be equal.
    Leave the target out to find the same example under two labels.

    Args:
        train, test: arrays (n, ...) and (m, ...) of any type, or two DataFrames with the same columns.
        tolerance: largest difference of one value, in its own unit. Bring columns to one scale before you use it.

    Returns:
        a `Duplicates`; it is empty (false) where the parts are disjoint.

    Raises:
        ValueError: parts of different columns or shapes, or a negative tolerance.

    >>> found = duplicates_between([[1, 2], [3, 4], [5, 6]], [[3.0, 4.0], [5.0, 6.25]], tolerance=0.5)
    >>> found.pairs.tolist(), found.exact.tolist()
    ([[1, 0], [2, 1]], [True, False])
    """
    if not 0 <= tolerance < np.inf:
        raise ValueError(f"tolerance is the largest difference of a value, 0 or more; got {tolerance}.")
    a, b, coded = comparable_rows(train, test)
    places = {}
    for row, key in enumerate(_hashes(a)):
        places.setdefault(key, []).append(row)
    pairs = [(row, j) for j, key in enumerate(_hashes(b)) for row in places.get(key, ())]
    exact = set(pairs)
    if tolerance and len(a) and len(b) and a.shape[1]:
        plain = _plain(np.concatenate([a, b]), coded, tolerance)
        near = NearestNeighbors(radius=tolerance, metric="chebyshev", algorithm="brute").fit(plain[: len(a)])
        found = near.radius_neighbors(plain[len(a) :], return_distance=False)
        pairs = [(int(row), j) for j, rows in enumerate(found) for row in sorted(rows)]
        pairs = sorted(exact.union(pairs), key=lambda pair: (pair[1], pair[0]))
    flags = np.array([pair in exact for pair in pairs], bool)
    return Duplicates(np.array(pairs, int).reshape(-1, 2), flags, len(a), len(b))


def duplicate_groups(x):
    """A number for each example, the same for equal ones: the `groups` of scikit-learn's GroupKFold.  (n, ...) -> (n,)

    Split by these and no example is on both sides. Numbers count from 0 in the order of first sight.

    >>> duplicate_groups([[1, 2], [3, 4], [1, 2]])
    array([0, 1, 0])
    """
    x = x if isinstance(x, pd.DataFrame) else np.asarray(x)
    rows, _, _ = comparable_rows(x, x[:0])
    return pd.factorize(np.array(list(_hashes(rows)), dtype=object))[0]


def _hashes(rows):
    rows = np.where(np.isnan(rows), np.nan, rows)  # one NaN, whatever its bits
    return (blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).digest() for row in rows)


def _plain(rows, coded, tolerance):
    """Finite columns in which codes, NaN and infinities that differ are further apart than the tolerance."""
    apart = 2 * tolerance + 1
    odd = np.select([np.isnan(rows), rows == np.inf, rows == -np.inf], [1.0, 2.0, 3.0], 0.0)
    values = np.where(odd > 0, 0.0, rows) * np.where(coded, apart, 1.0)
    return np.concatenate([values, odd[:, odd.any(axis=0)] * apart], axis=1)
