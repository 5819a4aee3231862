"""Is a mean difference more than luck? Intervals and p-values for differences measured on the same seeds."""

import warnings

import numpy as np
from scipy import stats

TESTS = ("t", "wilcoxon", "sign_flip")
RESAMPLES = 9999


def mean_interval(values, confidence=0.95):
    """Mean, standard error and t interval of independent measurements.  (n,) -> mean, se, low, high

    se = s / sqrt(n) with s^2 = sum((x - mean)^2) / (n - 1);  mean -+ t se, t the quantile of n - 1 degrees of freedom.
    All four are NaN where a value is; with one value only the mean is known.

    Source:  Student 1908

    >>> np.round(mean_interval([1.0, 2.0, 3.0]), 3)
    array([ 2.   ,  0.577, -0.484,  4.484])
    """
    values = _flat(values)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is a share between 0 and 1, got {confidence}. Write 0.95 for 95 %.")
    n, mean = len(values), values.mean()
    if n < 2:
        return float(mean), np.nan, np.nan, np.nan
    se = values.std(ddof=1) / np.sqrt(n)
    reach = stats.t.ppf((1 + confidence) / 2, n - 1) * se
    return float(mean), float(se), float(mean - reach), float(mean + reach)


def bootstrap_interval(values, confidence=0.95):
    """Interval that holds the middle of the means of samples drawn with replacement.  (n,) -> low, high

    With few values it is too narrow: by a factor of sqrt((n - 1) / n) before anything else. The draws are fixed.

    Source:  Efron 1979, percentile form
    """
    values = _flat(values)
    if not np.isfinite(values).all() or len(values) < 2:
        return np.nan, np.nan
    draws = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def paired_p_value(differences, test="t"):
    """Two-sided p-value of "the mean (or centre) of these differences is 0".  (n,) -> [0, 1]

    test:  "t"          paired t test: the differences are roughly normal
           "wilcoxon"   signed ranks: they are symmetric; exact up to 50 without ties
           "sign_flip"  permutation: under the null each sign could have been the other; all 2^n of them up to n = 13,
                        else 9,999 fixed random ones. The smallest p it can give is 2 / 2^n: 0.0625 with five.

    NaN where a difference is NaN, and for "t" where all differences are the same, since t divides by their spread.

    Source:  Student 1908; Wilcoxon 1945; Fisher 1935, section 21
    Errors:  ValueError for another test

    >>> round(paired_p_value([1.0, 2.0, 3.0]), 3)
    0.074
    >>> paired_p_value([1.0, 2.0, 3.0, 1.5, 0.5], "sign_flip")
    0.0625
    """
    d = _flat(differences)
    if test not in TESTS:
        raise ValueError(f"unknown test {test!r}. Choose one of {', '.join(map(repr, TESTS))}.")
    if len(d) < 2 or not np.isfinite(d).all():
        return np.nan
    same = np.ptp(d) <= 1e-12 * np.abs(d).max()
    if test == "t":
        return np.nan if same else float(stats.ttest_1samp(d, 0.0).pvalue)
    if not d.any():
        return 1.0
    if test == "wilcoxon":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zeros and ties: SciPy says that its p-value is then approximate
            return float(stats.wilcoxon(d).pvalue)
    found = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=RESAMPLES, rng=0)
    return float(found.pvalue)


def holm(p_values):
    """p-values corrected for their number: the chance of even one false alarm among all m stays below the level.

    The smallest is multiplied by m, the next by m - 1, and so on; none may fall below the one before, or exceed 1.
    A NaN stays NaN and still counts as a comparison.

    Shapes:  (m,) -> (m,)
    Source:  Holm 1979

    >>> holm([0.01, 0.04, 0.03]).round(3)
    array([0.03, 0.06, 0.06])
    """
    p = _flat(p_values, least=0)
    order = np.argsort(p)  # NaN comes last
    steps = p[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return corrected


def _flat(values, least=1):
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or len(array) < least:
        raise ValueError(
            f"expected a flat row of {least} or more numbers, got shape {array.shape}. Pass one number a seed."
        )
    return array
