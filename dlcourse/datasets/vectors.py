"""The tabular data sets as arrays, one example a row.

Each function returns `(x_train, y_train), (x_test, y_test)` with the fixed split of `datasets.split`, as fresh arrays.
With `standardise=True` each feature has mean 0 and variance 1 over the training part; the test part is shifted and
scaled by the training part's figures, so nothing of it leaks. The target is never scaled.
"""

import numpy as np

from dlcourse.datasets.catalog import find
from dlcourse.datasets.tables import split, table


def iris(standardise=False):
    """Three species of iris by four lengths in cm: x `(n, 4)` float32, y `(n,)` int64 in 0..2.

    >>> (x_train, y_train), (x_test, y_test) = iris()
    >>> x_train.shape, x_test.shape
    ((112, 4), (38, 4))
    """
    return _arrays("iris", standardise)


def wine(standardise=False):
    """Three cultivars by thirteen chemical measurements: x `(n, 13)` float32, y `(n,)` int64 in 0..2.

    >>> (x_train, y_train), (x_test, y_test) = wine(standardise=True)
    >>> bool(abs(x_train.mean()) < 1e-6)
    True
    """
    return _arrays("wine", standardise)


def breast_cancer(standardise=False):
    """Malignant (0) or benign (1) by thirty measurements of cell nuclei: x `(n, 30)` float32, y `(n,)` int64.

    >>> (x_train, y_train), (x_test, y_test) = breast_cancer()
    >>> len(x_train), len(x_test)
    (426, 143)
    """
    return _arrays("breast_cancer", standardise)


def diabetes(standardise=False):
    """Progression of diabetes by ten measurements: x `(n, 10)` float32, y `(n,)` float32, a score from 25 to 346.

    >>> (x_train, y_train), (x_test, y_test) = diabetes()
    >>> float(y_train.min()), float(y_train.max())
    (25.0, 346.0)
    """
    return _arrays("diabetes", standardise)


def _arrays(name, standardise):
    row, frame = find(name), table(name)
    x = frame.drop(columns=row.target).to_numpy("float64")  # (n, d)
    y = frame[row.target].to_numpy()  # (n,)
    y = _codes(y, row.classes) if row.classes else y.astype("float32")
    train, test = split(name)
    if standardise:
        x = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    x = x.astype("float32")
    return (x[train], y[train]), (x[test], y[test])


def _codes(named, classes):
    order = {label: code for code, label in enumerate(classes)}
    return np.array([order[label] for label in named], "int64")
