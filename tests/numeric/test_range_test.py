"""Which rates a curve supports, and when it supports none."""

import re

import numpy as np
import pytest

from dlcourse.callbacks import RangeTest


def curve(losses, stopped="end", planned=None, start=1e-5, end=10.0):
    losses = np.asarray(losses, float)
    planned = planned or len(losses)
    rates = np.geomspace(start, end, planned)[: len(losses)]
    return RangeTest(rates, losses, losses, stopped, planned)


def healthy(noise=0.0, seed=0):
    """Falls from 2.3 to 0.4 around a rate of 10^-2 and diverges from 1 on; stopped at three times its beginning."""
    u = np.linspace(-5, 1, 100)
    fall = 2.3 - 1.9 / (1 + np.exp(-3 * (u + 2)))
    losses = fall + np.where(u > 0, 40 * u, 0) + noise * np.random.default_rng(seed).normal(size=100)
    return curve(losses[: np.argmax(losses > 6.9) + 1], "diverged", 100)


def test_base_and_peak_are_where_the_fall_begins_and_ends():
    """A logistic fall of slope 3 in log10 has done 10 % and 90 % at -2 -+ ln(9) / 3."""
    suggestion = healthy().suggest()
    expected = 10 ** (-2 + np.array([-1, 1]) * np.log(9) / 3)
    np.testing.assert_allclose([suggestion.base, suggestion.peak], expected, rtol=0.25)
    assert suggestion and "falls from 2.3 to 0.4" in suggestion.reason


def test_noise_moves_the_rates_little():
    peaks = np.array([healthy(0.2, seed).suggest().peak for seed in range(50)])
    assert (np.abs(np.log10(peaks / 0.054)) < 0.5).mean() > 0.9
    suggestion = healthy(0.1, seed=1)
    assert suggestion.suggest().base < suggestion.suggest().peak < suggestion.rates[np.argmin(suggestion.losses)]


def test_one_wild_batch_changes_nothing():
    result = healthy()
    result.losses[30] = 50.0
    assert result.suggest().peak == healthy().suggest().peak


@pytest.mark.parametrize("noise", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("batches", [20, 100])
def test_noise_alone_gives_no_rate(noise, batches):
    rng = np.random.default_rng(5)
    given = [curve(2.3 + noise * rng.normal(size=batches)).suggest() for _ in range(200)]
    assert sum(map(bool, given)) <= 3


RAMP = np.linspace(0, 1, 60)


@pytest.mark.parametrize(
    "result, reason",
    [
        (curve(np.full(60, 2.3)), "is flat, at 2.3 .* raise `end`"),
        (curve(np.zeros(60)), "is flat, at 0"),
        (curve(2 + RAMP), "does not fall at any rate"),
        (curve(2 + RAMP**4, "diverged", 100), "does not fall at any rate"),
        (curve(3 - RAMP), "still falls at the last rate, 10; raise `end`"),
        (curve(3 - RAMP, "data", 100), "still falls .* the data ran out"),
        (curve([2.3, 9.0], "diverged", 100), "diverged at once, after 2 of 100 .* lower `start`"),
        (curve([2.3, np.nan], "nan", 100), "diverged at once, after 2 of 100 .* lower `start`"),
        (curve([np.nan], "nan", 100), "diverged at once, after 1 of 100"),
        (curve([2.3] * 10 + [99.0], "diverged", 110), "diverged at once, after 11 of 110"),
        (curve([2.3] * 5), "Only 5 batches"),
        (curve([], "data", 100), "Only 0 batches"),
        (curve(2 + np.random.default_rng(0).normal(size=60)), "scatter by .* larger batches"),
        (curve([3.0] * 30 + [60.0] * 10 + [1.0] * 18 + [9.0] * 2), "lies at one rate, .* more `steps`"),
    ],
)
def test_a_curve_that_supports_no_rate_gives_none_and_says_why(result, reason):
    suggestion = result.suggest()
    assert not suggestion and suggestion.base is None and suggestion.peak is None
    assert re.search(reason, suggestion.reason), suggestion.reason


def test_the_nan_at_the_end_is_no_part_of_the_curve():
    losses = np.append(healthy().losses[:-1], np.nan)
    assert curve(losses, "nan", 100).suggest().peak == pytest.approx(healthy().suggest().peak)


@pytest.mark.parametrize("result", [healthy(0.1), curve(np.full(60, 2.3)), curve([2.3, np.nan], "nan", 100)])
def test_the_plot_shows_the_rates_that_are_suggested(result):
    ax = result.plot()
    labels = [line.get_label() for line in ax.lines]
    assert ("peak" in " ".join(labels)) == bool(result.suggest())
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "learning rate" and ax.get_ylabel()


def test_a_linear_range_has_a_linear_axis():
    rates = np.linspace(0.1, 1.0, 60)
    assert RangeTest(rates, RAMP, RAMP, "end", 60).plot().get_xscale() == "linear"
