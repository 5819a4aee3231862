"""Rates and gaps of groups against loops, scikit-learn, a worked example and chance."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, precision_score, recall_score

from dlcourse.evaluation import fairness_gaps, fairness_table
from dlcourse.evaluation.fairness import RATES


def draw(seed, n=300, groups=("f", "m", "x")):
    rng = np.random.default_rng(seed)
    y, g = rng.integers(2, size=n), rng.choice(groups, size=n)
    return y, np.where(rng.random(n) < 0.7, y, 1 - y), g


def test_rates_are_those_of_scikit_learn_in_each_group():
    y, d, g = draw(0)
    table = fairness_table(y, d, g)
    for name in ("f", "m", "x", "all"):
        inside = np.full(len(y), True) if name == "all" else g == name
        a, b = y[inside], d[inside]
        peers = [a.mean(), b.mean(), recall_score(a, b), 1 - recall_score(1 - a, 1 - b), precision_score(a, b)]
        assert table.loc[name, list(RATES)].tolist() == pytest.approx([*peers, accuracy_score(a, b)])
        assert table.loc[name, "n"] == inside.sum()
    hits, tries = ((d == 1) & (y == 1) & (g == "m")).sum(), ((y == 1) & (g == "m")).sum()
    held = binomtest(int(hits), int(tries)).proportion_ci(method="wilson")
    assert (table.loc["m", "tpr_low"], table.loc["m", "tpr_high"]) == pytest.approx(tuple(held))


def test_a_group_without_positives_has_no_rate_of_them():
    y, d, g = [1, 0, 0, 0], [1, 0, 0, 0], ["a", "a", "b", "b"]
    row = fairness_table(y, d, g).loc["b"]
    assert row[["tpr", "tpr_low", "tpr_high", "ppv", "ppv_low"]].isna().all() and row["fpr"] == 0
    gaps = fairness_gaps(y, d, g, shuffles=50)
    assert gaps.loc[["equal_opportunity", "equalized_odds", "predictive_parity"]].isna().all(axis=None)
    assert gaps.loc["demographic_parity", "gap"] == 0.5


def test_gaps_by_hand():
    #        a: 4 people, 2 ill, both found, 1 false alarm      b: 4 people, 2 ill, 1 found, no false alarm
    y, d = [1, 1, 0, 0] + [1, 1, 0, 0], [1, 1, 1, 0] + [1, 0, 0, 0]
    gaps = fairness_gaps(y, d, ["a"] * 4 + ["b"] * 4, shuffles=20)
    assert gaps["gap"].to_dict() == pytest.approx(
        {
            "demographic_parity": 0.5,
            "equal_opportunity": 0.5,
            "equalized_odds": 0.5,
            "predictive_parity": 1 / 3,
            "accuracy": 0,
        }
    )
    assert gaps.loc["demographic_parity", ["lowest", "highest"]].tolist() == ["b", "a"]
    assert gaps.loc["predictive_parity", ["lowest", "highest"]].tolist() == ["a", "b"]


def test_gaps_are_those_of_the_table():
    y, d, g = draw(1)
    table, gaps = fairness_table(y, d, g).drop(index="all"), fairness_gaps(y, d, g, shuffles=10)
    spread = {name: np.ptp(table[name]) for name in RATES}
    assert gaps["gap"].tolist() == pytest.approx(
        [spread["selection_rate"], spread["tpr"], max(spread["tpr"], spread["fpr"]), spread["ppv"], spread["accuracy"]]
    )
    assert gaps.loc["accuracy", "highest"] == table["accuracy"].idxmax()


def test_groups_drawn_at_random_are_seldom_called_unfair_and_unfair_ones_are():
    p = np.array([fairness_gaps(*draw(seed, n=120), shuffles=60)["p"] for seed in range(60)])
    assert (p < 0.1).mean() == pytest.approx(0.1, abs=0.07)
    gap = fairness_gaps(*draw(5, n=120), shuffles=200)
    assert (gap["chance"] > 0).all()  # chance alone makes a gap
    y, d, g = draw(6)
    unfair = fairness_gaps(y, np.where(g == "f", 0, d), g, shuffles=200)
    assert unfair.loc["equal_opportunity", "p"] < 0.01 and unfair.loc["equal_opportunity", "lowest"] == "f"
    assert unfair.loc["equal_opportunity", "gap"] > 3 * unfair.loc["equal_opportunity", "chance"]


@pytest.mark.parametrize(
    "y, d, g, message",
    [
        ([1, 0], [1, 0, 1], ["a", "b"], "one length"),
        ([], [], [], "n > 0"),
        ([1, 2], [1, 0], ["a", "b"], "y_true must hold 0 and 1"),
        ([1, 0], [0.3, 0.8], ["a", "b"], "probabilities > threshold"),
        ([1, 0], [1, 0], np.array(["a", None], object), "no group"),
        ([1, np.nan], [1, 0], ["a", "b"], "y_true"),
    ],
)
def test_refusals(y, d, g, message):
    with pytest.raises(ValueError, match=message):
        fairness_table(y, d, g)
    with pytest.raises(ValueError, match=message):
        fairness_gaps(y, d, g)


def test_a_gap_needs_two_groups():
    with pytest.raises(ValueError, match="two groups"):
        fairness_gaps([1, 0], [1, 0], ["a", "a"])
