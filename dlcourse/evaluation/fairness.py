"""The same decision rule, looked at group by group."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest

RATES = ("base_rate", "selection_rate", "tpr", "fpr", "ppv", "accuracy")
GAPS = {
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("tpr",),
    "equalized_odds": ("tpr", "fpr"),
    "predictive_parity": ("ppv",),
    "accuracy": ("accuracy",),
}


def fairness_table(y_true, y_pred, groups, confidence=0.95):
    """What a yes-or-no decision does to each group.

    Args:
        y_true: truth (n,) of 0 and 1.
        y_pred: decisions (n,) of 0 and 1; of probabilities, those above your threshold.
        groups: the group of each example (n,), any type, none missing.
        confidence: of the Wilson intervals.

    Returns:
        DataFrame, one row a group and a last row "all": n; base_rate, share of y = 1; selection_rate, share of
        decisions 1; tpr, of those with y = 1 the share found; fpr, of those with y = 0 the share taken for 1; ppv, of
        the decisions 1 the share right; accuracy; and each with _low and _high. Where a group has nobody to count, say
        no y = 1 for tpr, the rate and its interval are NaN.

    Raises:
        ValueError: other shapes, other values than 0 and 1, a group missing, or no example.

    Source:  Hardt et al. 2016; Chouldechova 2017

    >>> fairness_table([1, 0, 1, 0], [1, 1, 0, 0], ["a", "a", "b", "b"])[["n", "base_rate", "tpr", "fpr"]]
         n  base_rate  tpr  fpr
    a    2        0.5  1.0  1.0
    b    2        0.5  0.0  0.0
    all  4        0.5  0.5  0.5
    """
    y, d, g = _checked(y_true, y_pred, groups)
    rows = {name: _rates(y[g == name], d[g == name], confidence) for name in _names(g)}
    rows["all"] = _rates(y, d, confidence)
    return pd.DataFrame(rows).T.astype({"n": int})


def fairness_gaps(y_true, y_pred, groups, shuffles=1000):
    """How far apart the groups are, by five measures, and how often chance alone puts them that far.

    demographic_parity   selection rates differ (Dwork et al. 2012)
    equal_opportunity    true positive rates differ (Hardt et al. 2016)
    equalized_odds       the larger of the gaps in tpr and fpr (Hardt et al. 2016)
    predictive_parity    ppv differs (Chouldechova 2017)
    accuracy             accuracy differs

    A gap is the largest minus the smallest rate, so it is never negative, and small groups have one by luck. `chance`
    is the mean gap after the groups were handed out at random (fixed draws), `p` how often it was at least as large.
    Draws in which a group has no such rate do not count. Groups are shuffled over all examples, so what p tests is
    that group and example have nothing to do with each other, base rates included.

    Args:
        y_true, y_pred, groups: as `fairness_table`, with two or more groups.
        shuffles: how many random hand-outs, 1 or more.

    Returns:
        DataFrame, one row a measure: gap, lowest and highest (names of groups), chance, p. All of it is NaN where a
        group has no such rate.

    Raises:
        ValueError: as `fairness_table`, or a single group.

    >>> fairness_gaps([1, 0, 1, 0], [1, 1, 0, 0], ["a", "a", "b", "b"])["gap"].dropna().to_dict()
    {'demographic_parity': 1.0, 'equal_opportunity': 1.0, 'equalized_odds': 1.0, 'accuracy': 0.0}
    """
    y, d, g = _checked(y_true, y_pred, groups)
    names = _names(g)
    if len(names) < 2:
        raise ValueError(f"a gap needs two groups, got only {names}.")
    codes = pd.Categorical(g, categories=names).codes.astype(int)
    rng = np.random.default_rng(0)
    found = _rate_matrix(y, d, codes, len(names))
    drawn = [_rate_matrix(y, d, rng.permutation(codes), len(names)) for _ in range(shuffles)]
    rows = {}
    for measure, rates in GAPS.items():
        columns = [RATES.index(rate) for rate in rates]
        gaps = np.ptp(found[:, columns], axis=0)  # (rates,), NaN if a group has none
        gap, widest = gaps.max(), columns[int(np.argmax(gaps))]
        if np.isnan(gap):
            rows[measure] = {"gap": np.nan, "lowest": np.nan, "highest": np.nan, "chance": np.nan, "p": np.nan}
            continue
        by_chance = np.array([np.ptp(rates[:, columns], axis=0).max() for rates in drawn])
        by_chance = by_chance[~np.isnan(by_chance)]
        p = (1 + (by_chance >= gap - 1e-12).sum()) / (1 + len(by_chance))
        low, high = (names[int(f(found[:, widest]))] for f in (np.argmin, np.argmax))
        mean = by_chance.mean() if len(by_chance) else np.nan
        rows[measure] = {"gap": float(gap), "lowest": low, "highest": high, "chance": float(mean), "p": float(p)}
    return pd.DataFrame.from_dict(rows, orient="index")


def _counts(y, d):
    """(hits, tries) of each of RATES."""
    n, yes, said, right = len(y), y.sum(), d.sum(), (y & d).sum()
    return [(yes, n), (said, n), (right, yes), (said - right, n - yes), (right, said), ((y == d).sum(), n)]


def _rate_matrix(y, d, codes, k):
    counts = np.array([_counts(y[codes == group], d[codes == group]) for group in range(k)], float)  # (k, rates, 2)
    hits, tries = counts[..., 0], counts[..., 1]
    return np.where(tries > 0, hits / np.where(tries > 0, tries, 1), np.nan)


def _rates(y, d, confidence):
    row = {"n": len(y)}
    for name, (hits, tries) in zip(RATES, _counts(y, d), strict=True):
        low = high = np.nan
        if tries:
            low, high = binomtest(int(hits), int(tries)).proportion_ci(confidence, "wilson")
        row |= {name: hits / tries if tries else np.nan, f"{name}_low": low, f"{name}_high": high}
    return row


def _names(g):
    return sorted(pd.unique(g), key=lambda name: (str(type(name)), name))


def _checked(y_true, y_pred, groups):
    y, d, g = np.asarray(y_true), np.asarray(y_pred), np.asarray(groups)
    if y.ndim != 1 or not len(y) or d.shape != y.shape or g.shape != y.shape:
        raise ValueError(f"expected three rows of one length n > 0, got the shapes {y.shape}, {d.shape}, {g.shape}.")
    for what, values in (("y_true", y), ("y_pred", d)):
        if not np.isin(values, (0, 1)).all():
            shown = pd.unique(values)[:5].tolist()
            raise ValueError(
                f"{what} must hold 0 and 1 only, got {shown}. Of probabilities: probabilities > threshold."
            )
    if pd.isna(g).any():
        raise ValueError(f"{int(pd.isna(g).sum())} examples have no group. Give them one of their own, say 'unknown'.")
    return y.astype(bool), d.astype(bool), g
