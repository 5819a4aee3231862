"""Intervals, p-values and their correction against SciPy, exhaustive counts, worked examples and coverage."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dlcourse.evaluation import SeedRuns, bootstrap_interval, holm, mean_interval, paired_p_value

DIFFERENCES = [0.3, -0.1, 0.5, 0.2, 0.45, 0.05]


def test_the_interval_is_that_of_scipy():
    found = stats.ttest_1samp(DIFFERENCES, 0)
    mean, se, low, high = mean_interval(DIFFERENCES)
    assert (mean, se) == (pytest.approx(np.mean(DIFFERENCES)), pytest.approx(stats.sem(DIFFERENCES)))
    assert (low, high) == pytest.approx(tuple(found.confidence_interval(0.95)))
    assert paired_p_value(DIFFERENCES) == pytest.approx(found.pvalue)
    assert mean_interval(DIFFERENCES, 0.8)[2] > low


def test_the_t_interval_covers_as_promised_and_the_bootstrap_is_too_narrow():
    samples = np.random.default_rng(0).normal(1.0, 2.0, size=(2000, 6))
    held = np.array([mean_interval(sample)[2:] for sample in samples])
    assert ((held[:, 0] <= 1) & (held[:, 1] >= 1)).mean() == pytest.approx(0.95, abs=0.015)
    widths = [(np.ptp(bootstrap_interval(s)), np.ptp(mean_interval(s)[2:])) for s in samples[:20]]
    assert all(bootstrap < t for bootstrap, t in widths)


def test_the_bootstrap_finds_its_quantiles():
    values = np.random.default_rng(1).normal(size=400)
    low, high = bootstrap_interval(values)
    assert low == pytest.approx(values.mean() - 1.96 * values.std() / 20, abs=0.01)
    assert high == pytest.approx(values.mean() + 1.96 * values.std() / 20, abs=0.01)
    assert bootstrap_interval(values) == (low, high)


def test_sign_flips_are_all_counted():
    means = [np.mean(np.multiply(DIFFERENCES, signs)) for signs in product((-1, 1), repeat=6)]
    expected = np.mean(np.abs(means) >= np.mean(DIFFERENCES) - 1e-12)
    assert paired_p_value(DIFFERENCES, "sign_flip") == pytest.approx(expected)
    assert paired_p_value([1.0] * 5, "sign_flip") == 2 / 2**5


def test_wilcoxon_is_that_of_scipy_and_stays_quiet(recwarn):
    assert paired_p_value(DIFFERENCES, "wilcoxon") == pytest.approx(stats.wilcoxon(DIFFERENCES).pvalue)
    assert 0 < paired_p_value([1.0, 1.0, 0.0, 2.0], "wilcoxon") <= 1
    assert not recwarn.list


@pytest.mark.parametrize("test", ["t", "sign_flip", "wilcoxon"])
def test_under_the_null_five_in_a_hundred_fall_below_005(test):
    samples = np.random.default_rng(2).normal(size=(600, 7))
    alarms = np.mean([paired_p_value(sample, test) < 0.05 for sample in samples])
    assert 0.02 < alarms < 0.08


def test_what_cannot_be_told_is_not_a_number():
    assert np.isnan(paired_p_value([0.5, 0.5, 0.5])) and np.isnan(paired_p_value([0.1 + 0.2] * 3))
    assert all(np.isnan(paired_p_value([1.0, np.nan, 2.0], test)) for test in ("t", "wilcoxon", "sign_flip"))
    assert np.isnan(mean_interval([1.0, np.nan])).all() and np.isnan(bootstrap_interval([1.0, np.nan])).all()
    assert np.isnan(mean_interval([3.0])[1:]).all() and mean_interval([3.0])[0] == 3.0
    assert paired_p_value([0.0] * 4, "sign_flip") == paired_p_value([0.0] * 4, "wilcoxon") == 1.0


def test_holm_by_hand_and_against_its_definition():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    p = np.random.default_rng(3).uniform(size=8)
    order = sorted(range(8), key=lambda i: p[i])
    slow = [max(min(1, (8 - k) * p[order[k]]) for k in range(order.index(i) + 1)) for i in range(8)]
    assert holm(p) == pytest.approx(slow)
    with_gap = holm([0.01, np.nan, 0.02])
    assert with_gap[[0, 2]] == pytest.approx([0.03, 0.04]) and np.isnan(with_gap[1])
    assert holm([]).shape == (0,)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mean_interval([]), "1 or more"),
        (lambda: mean_interval(np.ones((2, 2))), r"\(2, 2\)"),
        (lambda: mean_interval([1, 2], 95), "0.95"),
        (lambda: paired_p_value([1, 2], "z"), "unknown test 'z'"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def frame(**variants):
    rows = [{"variant": v, "seed": s, "loss": x} for v, values in variants.items() for s, x in enumerate(values)]
    return pd.DataFrame(rows)


def test_a_comparison_is_paired_by_seed_whatever_the_order_of_rows():
    luck = np.array([5.0, -3.0, 8.0, 0.0, 2.0])
    gain = np.array([0.3, 0.1, 0.2, 0.25, 0.15])
    runs = SeedRuns(frame(b=luck + gain, a=luck).sample(frac=1, random_state=0))
    row = runs.compare(baseline="a").loc["b - a"]
    assert row["difference"] == pytest.approx(gain.mean()) and row["se"] == pytest.approx(stats.sem(gain))
    assert row["p"] == pytest.approx(stats.ttest_rel(luck + gain, luck).pvalue) and row["wins"] == 5
    assert stats.ttest_ind(luck + gain, luck).pvalue > 0.9  # unpaired, nothing would be seen
    assert runs.summary().loc["a", "mean"] == luck.mean() and runs.summary().loc["a", "sd"] == pytest.approx(
        luck.std(ddof=1)
    )


def test_all_pairs_and_their_correction():
    rng = np.random.default_rng(4)
    runs = SeedRuns(frame(a=rng.normal(size=6), b=rng.normal(size=6), c=rng.normal(2, 1, size=6)))
    table = runs.compare(test="sign_flip")
    assert list(table.index) == ["a - b", "a - c", "b - c"]
    assert table["p_holm"].to_numpy() == pytest.approx(holm(table["p"])) and (table["p_holm"] >= table["p"]).all()
    assert list(runs.compare(baseline="b").index) == ["a - b", "c - b"]
    wins = (runs.values()["a"] > runs.values()["b"]).sum()
    assert table.loc["a - b", "wins"] == wins and 0 < wins < 6


def test_a_run_that_diverged_is_seen():
    runs = SeedRuns(frame(a=[1.0, np.nan, 2.0], b=[1.0, 2.0, 3.0]))
    assert np.isnan(runs.summary().loc["a", "mean"]) and runs.summary().loc["b", "mean"] == 2
    assert runs.compare()[["difference", "se", "p", "p_holm"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "runs, message",
    [
        ({"a": [1]}, "got dict"),
        (pd.DataFrame({"variant": ["a"], "seed": [0]}), "one a metric"),
        (frame(a=[1.0]), "two or more seeds"),
        (frame(a=[1.0, 2.0], b=[1.0]), "paired"),
        (pd.concat([frame(a=[1.0, 2.0])] * 2), "paired"),
        (frame(a=["x", "y"]), "metrics are numbers"),
    ],
)
def test_runs_that_cannot_be_paired_are_refused(runs, message):
    with pytest.raises(ValueError, match=message):
        SeedRuns(runs)


def test_unknown_names_are_refused():
    runs = SeedRuns(frame(a=[1.0, 2.0], b=[2.0, 4.0]))
    with pytest.raises(ValueError, match=r"unknown metric 'acc'.*loss"):
        runs.summary("acc")
    with pytest.raises(ValueError, match="unknown baseline 'z'"):
        runs.compare(baseline="z")
    with pytest.raises(ValueError, match="two variants"):
        SeedRuns(frame(a=[1.0, 2.0])).compare()
