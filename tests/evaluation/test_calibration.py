"""Reliability and ECE against slow loops, worked examples and models whose calibration is known."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

from dlcourse.evaluation import ece, reliability


def slow_ece(happened, confidence, bins):
    """Guo et al. 2017, equation 3, example by example; bin b holds ((b - 1) / bins, b / bins]."""
    total = 0.0
    for b in range(1, bins + 1):
        inside = [i for i, c in enumerate(confidence) if (b - 1) / bins < c <= b / bins or (c == 0 and b == 1)]
        if inside:
            accuracy = sum(happened[i] for i in inside) / len(inside)
            mean = sum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(accuracy - mean)
    return total


def draw(seed, n=500, k=None):
    rng = np.random.default_rng(seed)
    if k is None:
        p = rng.beta(0.6, 0.8, size=n)
        return (rng.random(n) < p**2).astype(int), p
    p = rng.dirichlet(np.ones(k), size=n)
    return rng.integers(k, size=n), p


@pytest.mark.parametrize("bins", [1, 3, 10, 15])
def test_ece_of_two_classes_is_the_slow_one(bins):
    y, p = draw(0)
    assert ece(y, p, bins) == pytest.approx(slow_ece(y == 1, p, bins))


@pytest.mark.parametrize("k", [2, 3, 10])
def test_ece_of_several_classes_looks_at_the_one_named(k):
    y, p = draw(1, k=k)
    named = p.argmax(axis=1)
    assert ece(y, p, 10) == pytest.approx(slow_ece(named == y, p[np.arange(len(p)), named], 10))


def test_filled_bins_are_those_of_scikit_learn():
    y, p = draw(2)
    table = reliability(y, p, 10)
    observed, predicted = calibration_curve(y, p, n_bins=10)
    assert table["observed"].to_numpy() == pytest.approx(observed)
    assert table["predicted"].to_numpy() == pytest.approx(predicted)
    assert table["gap"].to_numpy() == pytest.approx(observed - predicted) and table["n"].sum() == 500
    row = table.iloc[4]
    held = binomtest(round(row["observed"] * row["n"]), int(row["n"])).proportion_ci(method="wilson")
    assert (row["observed_low"], row["observed_high"]) == pytest.approx(tuple(held))


def test_bins_of_equal_mass():
    y, p = draw(3, n=503)
    table = reliability(y, p, 10, "mass")
    assert set(table["n"]) <= {50, 51} and (table["high"].to_numpy()[:-1] <= table["low"].to_numpy()[1:]).all()
    order = np.argsort(p)
    slow = sum(abs((y[part] - p[part]).sum()) for part in np.array_split(order, 10)) / 503
    assert ece(y, p, 10, "mass") == pytest.approx(slow, abs=0.01)
    shuffled = np.random.default_rng(0).permutation(503)
    assert ece(y[shuffled], p[shuffled], 10, "mass") == pytest.approx(ece(y, p, 10, "mass"))


def test_equal_predictions_share_a_bin():
    p = np.repeat([0.2, 0.7], [90, 10])
    y = np.concatenate([np.arange(90) < 18, np.arange(10) < 7]).astype(int)
    table = reliability(y, p, 10, "mass")
    assert table.loc[table["n"] > 0, "n"].tolist() == [90, 10] and ece(y, p, 10, "mass") == pytest.approx(0, abs=1e-12)
    assert table.loc[table["n"] == 0].drop(columns="n").isna().all(axis=None)


def test_edges_belong_to_the_lower_bin_and_empty_bins_say_so():
    table = reliability([0, 1, 1, 1], [0.0, 0.5, 0.25, 1.0], bins=4)
    assert table["n"].tolist() == [2, 1, 0, 1]
    assert table.iloc[2].drop(["low", "high", "n"]).isna().all()


def test_a_calibrated_model_has_an_ece_that_only_chance_explains():
    rng = np.random.default_rng(4)
    found = []
    for n in (400, 6400):
        p = rng.random((30, n))
        found.append(np.mean([ece((rng.random(n) < row).astype(int), row) for row in p]))
    assert 0 < found[0] < np.sqrt(10 / 400) and found[0] / found[1] == pytest.approx(4, rel=0.25)


def test_known_miscalibration():
    y = np.repeat([0, 1], [40, 60])
    assert ece(y, np.full(100, 0.9)) == pytest.approx(0.3) and ece(y, np.full(100, 0.6)) == pytest.approx(0, abs=1e-12)
    assert ece([0, 1], [0.0, 1.0]) == 0 and ece([1, 0], [0.0, 1.0]) == 1
    assert ece([0, 0], [[1.0, 0, 0], [0.6, 0.4, 0]], bins=5) == pytest.approx(0.2)


@pytest.mark.parametrize(
    "y, p, settings, message",
    [
        ([0, 1], [0.2, 1.2], {}, "sigmoid or softmax"),
        ([0, 1], [0.2, np.nan], {}, "lie in"),
        ([0, 2], [0.2, 0.3], {}, "0 to 1"),
        ([0, 0.5], [0.2, 0.3], {}, "whole"),
        ([0, 1], [[0.2], [0.3]], {}, "0 to 0"),
        ([0, 1], [[0.2, 0.3], [0.5, 0.5]], {}, "sum to 1"),
        ([0, 1, 1], [0.2, 0.3], {}, r"\(3,\) and \(2,\)"),
        ([], [], {}, "n > 0"),
        ([0, 1], [0.2, 0.3], {"bins": 0}, "bins"),
        ([0, 1], [0.2, 0.3], {"bins": 2.5}, "bins"),
        ([0, 1], [0.2, 0.3], {"strategy": "size"}, "unknown strategy"),
    ],
)
def test_refusals(y, p, settings, message):
    with pytest.raises(ValueError, match=message):
        reliability(y, p, **settings)
