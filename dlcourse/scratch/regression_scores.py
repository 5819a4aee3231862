"""Scores that report a regression, in a unit a reader can judge. Training uses `regression_losses`."""

import numpy as np

from dlcourse.scratch.regression_losses import mse


def rmse(y, p):
    """Root of the mean squared error, in y's unit.

    >>> rmse([0.0, 0.0], [3.0, -3.0])
    3.0
    """
    return float(np.sqrt(mse(y, p)))


def r2(y, p):
    """Share of the variance of y that p explains: 1 - mse(y, p) / var(y).

    1 for perfect predictions, 0 for naming the mean of y, below 0 for worse than that.

    >>> r2([1.0, 2.0, 3.0], [2.0, 2.0, 2.0])
    0.0

    Raises:
        ValueError: all y are equal: there is no variance to explain.
    """
    spread = float(np.var(np.asarray(y, dtype=float)))
    if spread == 0.0:
        raise ValueError("all targets are equal: R2 has no variance to explain. Report rmse instead.")
    return 1.0 - mse(y, p) / spread
