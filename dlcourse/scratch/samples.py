"""Rows and targets: what every regression of `scratch` takes, checked once, and how it is cut into batches."""

import numpy as np


def samples(x, y):
    """`x` and `y` as float64 arrays that fit each other: x (n, d), y (n,), n > 0.

    >>> samples([[1], [2]], [3, 4])[0].shape
    (2, 1)

    Raises:
        ValueError: a wrong number of axes, unequal or no rows, or NaN or infinity anywhere.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 1 or len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"expected x (n, d) and y (n,) with n > 0, got {x.shape} and {y.shape}. "
            "Use x[:, None] for a single feature and y[:, 0] for a column of targets."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        bad = int((~np.isfinite(x)).sum() + (~np.isfinite(y)).sum())
        raise ValueError(f"expected finite numbers, got {bad} that are NaN or infinite. Drop or fill those rows first.")
    return x, y


def batches(n, size=None, epochs=1, rng=None):
    """Row numbers of one batch after another: `epochs` times through `n` rows, `size` rows at a time.

    Without `size` a batch is the whole set. Without `rng` the rows keep their order (Keras: `shuffle=False`); with it
    they are mixed anew in each epoch. The last batch of an epoch holds what is left.

    >>> [batch.tolist() for batch in batches(5, size=2)]
    [[0, 1], [2, 3], [4]]

    Raises:
        ValueError: `size` is not at least 1.
    """
    size = n if size is None else size
    if size < 1:
        raise ValueError(f"a batch holds at least one row, got size={size}. Leave it out for the whole set.")
    for _ in range(epochs):
        order = np.arange(n) if rng is None else rng.permutation(n)
        for start in range(0, n, size):
            yield order[start : start + size]
