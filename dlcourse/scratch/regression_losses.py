"""Losses of a regression and their slopes. All are means over the targets y and predictions p, of one shape."""

import numpy as np


def mse(y, p):
    """Mean squared error, in the square of y's unit: mean((p - y)^2). Minimised by the mean.

    >>> mse([0.0, 0.0], [1.0, 3.0])
    5.0
    """
    return float(np.mean(_error(y, p) ** 2))


def mae(y, p):
    """Mean absolute error, in y's unit: mean(|p - y|). Minimised by the median.

    >>> mae([0.0, 0.0], [1.0, -3.0])
    2.0
    """
    return float(np.mean(np.abs(_error(y, p))))


def huber(y, p, delta=1.0):
    """Squares near 0, straight lines beyond +-delta, of equal value and slope where they meet (Huber 1964).

    e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = p - y; the mean of it.

    >>> huber([0.0, 0.0], [1.0, -3.0])
    1.5
    """
    if delta <= 0:
        raise ValueError(f"delta is the error at which squares turn into lines: expected delta > 0, got {delta}.")
    e = np.abs(_error(y, p))
    return float(np.mean(np.where(e <= delta, e**2 / 2, delta * (e - delta / 2))))


def log_cosh(y, p):
    """mean(log(cosh(p - y))): about e^2 / 2 near 0 and |e| - log 2 far out, smooth everywhere.

    Written as |e| + log(1 + exp(-2 |e|)) - log 2, which is the same number and cannot overflow.

    >>> round(log_cosh([0.0], [1000.0]), 3)
    999.307
    """
    e = np.abs(_error(y, p))
    return float(np.mean(e + np.log1p(np.exp(-2 * e)) - np.log(2)))


def gradient(loss, y, p, **options):
    """Slope of one of the losses above in each prediction: d loss / d p, of the shape of p; mae's is 0 at p = y.

    >>> gradient(mae, [0.0, 0.0], [1.0, -3.0])
    array([ 0.5, -0.5])

    Raises:
        ValueError: `loss` is not mse, mae, huber or log_cosh.
    """
    if loss not in _SLOPES:
        raise ValueError(f"expected one of {', '.join(f.__name__ for f in _SLOPES)}, got {loss!r}.")
    e = _error(y, p)
    return _SLOPES[loss](e, **options) / e.size


_SLOPES = {
    mse: lambda e: 2 * e,
    mae: np.sign,
    huber: lambda e, delta=1.0: np.clip(e, -delta, delta),
    log_cosh: np.tanh,
}


def _error(y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape or y.size == 0:
        raise ValueError(
            f"expected y and p of one shape and not empty, got {y.shape} and {p.shape}. "
            "(n,) and (n, 1) would broadcast to (n, n): reshape one of them."
        )
    return p - y
