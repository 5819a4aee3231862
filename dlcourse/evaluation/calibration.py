"""Do 80 % sure predictions come true eight times in ten?"""

import numpy as np
import pandas as pd
from scipy.stats import binomtest

STRATEGIES = ("width", "mass")


def reliability(y, probabilities, bins=10, strategy="width"):
    """What a model promised and what happened, bin by bin: the table behind a reliability diagram.

    Two classes: `probabilities` (n,) of class 1; `observed` is the share of class 1. Several: (n, k), one row an
    example; then the bins hold the probability of the class named, and `observed` is the share named right.

    Args:
        y: labels (n,), whole numbers from 0.
        probabilities: (n,) or (n, k) in [0, 1], rows of the latter summing to 1.
        bins: how many, 1 or more.
        strategy: "width", bins (low, high] of equal width, the first with its 0; or "mass", bins that hold equally
            many, except that equal predictions share a bin.

    Returns:
        DataFrame, a row a bin: low, high, n, predicted (mean probability), observed, gap (observed - predicted), and
        observed_low and observed_high, the 95 % Wilson interval. An empty bin has n = 0 and NaN.

    Raises:
        ValueError: labels or probabilities of other shapes or ranges, NaN, no example, or an unknown strategy.

    Source:  DeGroot & Fienberg 1983; several classes: Guo et al. 2017, section 2

    >>> reliability([0, 1, 1, 1], [0.1, 0.4, 0.9, 1.0], bins=2)[["n", "predicted", "observed", "gap"]]
       n  predicted  observed   gap
    0  2       0.25       0.5  0.25
    1  2       0.95       1.0  0.05
    """
    confidence, happened = _confidence(y, probabilities)
    if bins < 1 or int(bins) != bins:
        raise ValueError(f"bins counts them, 1 or more, got {bins}.")
    bins = int(bins)
    if strategy not in STRATEGIES:
        raise ValueError(f"unknown strategy {strategy!r}. Choose 'width' or 'mass'.")
    if strategy == "width":
        edges = np.linspace(0, 1, bins + 1)
        place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)  # (low, high]
    else:
        first = np.searchsorted(np.sort(confidence), confidence)  # rank, the same for equal predictions
        place = first * bins // len(confidence)
    rows = []
    for b in range(bins):
        c, h = confidence[place == b], happened[place == b]
        n, hits = len(c), int(h.sum())
        wilson = binomtest(hits, n).proportion_ci(method="wilson") if n else (np.nan, np.nan)
        predicted, observed = (c.mean(), h.mean()) if n else (np.nan, np.nan)
        low, high = edges[b : b + 2] if strategy == "width" else (c.min(), c.max()) if n else (np.nan, np.nan)
        rows.append([low, high, n, predicted, observed, observed - predicted, *wilson])
    names = ["low", "high", "n", "predicted", "observed", "gap", "observed_low", "observed_high"]
    return pd.DataFrame(rows, columns=names).astype({"n": int})


def ece(y, probabilities, bins=10, strategy="width"):
    """Expected calibration error: how far promise and outcome are apart, on average over the examples.

    ECE = sum over bins of n_b / n * |observed_b - predicted_b|

    It is a sum of absolute values, so chance alone makes it positive: a perfectly calibrated model has an ECE of
    order sqrt(bins / n), not 0. Compare models on the same examples with the same bins.

    Shapes:  as `reliability`
    Range:   [0, 1]
    Errors:  as `reliability`
    Source:  Naeini et al. 2015; Guo et al. 2017, eq. 3

    >>> round(ece([0, 1, 1, 1], [0.1, 0.4, 0.9, 1.0], bins=2), 3)
    0.15
    """
    table = reliability(y, probabilities, bins, strategy)
    return float((table["n"] * table["gap"].abs()).sum() / table["n"].sum())


def _confidence(y, probabilities):
    """Probability of what was said (n,) and whether it happened (n,)."""
    y, p = np.asarray(y), np.asarray(probabilities, dtype=float)
    if p.ndim not in (1, 2) or y.shape != p.shape[:1] or not len(y):
        raise ValueError(
            f"expected labels (n,) and probabilities (n,) or (n, k), n > 0; got {y.shape} and {p.shape}. "
            "For one column of Keras's sigmoid: probabilities[:, 0]."
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(
            f"probabilities lie in [0, 1], got {p.min():g} to {p.max():g}. Of logits, the sigmoid or softmax."
        )
    classes = 2 if p.ndim == 1 else p.shape[1]
    if not np.isin(y, np.arange(classes)).all():
        raise ValueError(f"labels are whole numbers 0 to {classes - 1}, got {np.unique(y)[:5].tolist()}. Recode them.")
    if p.ndim == 1:
        return p, y == 1
    if not np.allclose(p.sum(axis=1), 1, atol=1e-3):
        raise ValueError(f"rows of probabilities sum to 1, got {p.sum(axis=1).min():g} to {p.sum(axis=1).max():g}.")
    return p.max(axis=1), p.argmax(axis=1) == y
